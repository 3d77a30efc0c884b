/** `mytoken MT --oidc`, with somebody at the browser. */
import { setTimeout as delay } from "node:timers/promises";
import { logIn } from "../../../scripts/local/browser.mjs";
import type { Outcome } from "../programs.ts";
import { issuer } from "../server.ts";
import { send } from "../wire.ts";
import type { Box } from "./client.ts";

const PAGE_MILLISECONDS = 20_000;

/** Runs it; `decide` gets the address that it shows. */
export async function runLogin(
  box: Box,
  args: readonly string[],
  decide: (consentUri: string) => Promise<unknown>,
): Promise<Outcome> {
  const program = box.start("MT", "--oidc", ...args);
  await decide(await shownPage(program));
  return program.outcome();
}

async function shownPage(program: { readonly errors: string }): Promise<string> {
  const deadline = Date.now() + PAGE_MILLISECONDS;
  while (Date.now() < deadline) {
    const line = program.errors.split("\n").find((line) => line.startsWith(`${issuer()}/c/`));
    if (line !== undefined && program.errors.includes(`${line}\n`)) return line;
    await delay(50);
  }
  throw new Error(`it shows no page: ${program.errors}`);
}

export function approvedBy(user: string) {
  return (consentUri: string) => logIn(consentUri, user);
}

/** An empty answer declines (token-core §7.4). */
export function declined(consentUri: string) {
  return send(consentUri, { method: "POST", headers: { Accept: "application/json" } });
}
