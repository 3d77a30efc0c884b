import { describe } from "vitest";
import { accessTokenTests } from "./access-tokens.ts";
import { agentLoginTests } from "./login.ts";
import { subtokenTests } from "./subtokens.ts";

export function agentSuite(): void {
  describe("oidc-agent, replayed", { timeout: 30_000 }, () => {
    agentLoginTests();
    accessTokenTests();
    subtokenTests();
  });
}
