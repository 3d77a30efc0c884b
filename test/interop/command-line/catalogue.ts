/** Commands that need no mytoken. */
import { describe, expect, it } from "vitest";
import { issuer, providerIssuer } from "../server.ts";
import { Box } from "./client.ts";

const NAMES = {
  profiles: ["agent", "web-default"],
  capabilities: ["all", "default", "default+MT"],
  restrictions: ["12h", "1d", "1m", "1w", "1y", "ip-this", "web-default"],
} as const;

export function catalogueTests(): void {
  describe("without a mytoken", () => {
    it("config", async () => {
      expect(await new Box().printsJson("config")).toMatchObject({
        issuer: issuer(),
        access_token_endpoint: `${issuer()}/api/v0/token/access`,
        token_signing_alg_value: expect.stringMatching(/^ES(384|512)$/),
        providers_supported: [{ issuer: providerIssuer(), name: expect.any(String) }],
        response_types_supported: ["token", "short_token", "transfer_code"],
      });
    });

    it("config at an address that is given", async () => {
      const box = new Box();
      expect(await box.printsJson("--url", `${issuer()}/`, "config")).toMatchObject({ issuer: issuer() });
      expect(await box.fails("--url", `${issuer()}/elsewhere`, "config")).toMatch(
        /could not initialize mytoken server/,
      );
    });

    it("capabilities", async () => {
      const [head = "", , ...lines] = (await new Box().prints("capabilities")).split("\n");
      expect(head).toMatch(/^NAME +DESCRIPTION/);
      const names = lines.map((line) => line.trim().split(/ /)[0]);
      expect(names).toEqual(expect.arrayContaining(["AT", "tokeninfo", "tokeninfo:introspect", "create_mytoken"]));
      expect(names).toEqual(expect.arrayContaining(["manage_mytokens", "settings", "settings:grants"]));
    });

    it("list providers", async () => {
      const lines = (await new Box().prints("list", "providers")).split("\n");
      expect(lines[0]).toContain(`'${issuer()}'`);
      expect(lines.slice(1)).toEqual([expect.stringMatching(`^${providerIssuer()} +-> embedded \\(default\\)$`)]);
    });

    it("profiles groups", async () => {
      expect(await new Box().prints("profiles", "groups")).toBe("_");
    });

    it.each([
      ["list", NAMES.profiles],
      ["capabilities", NAMES.capabilities],
      ["restrictions", NAMES.restrictions],
      ["rotation", ["at", "auto-revoke", "daily"]],
    ])("profiles %s", async (command, names) => {
      const [group, , ...shown] = (await new Box().prints("profiles", command)).split("\n");
      expect(group).toBe("Group: _");
      expect(shown.map((name) => name.trim())).toEqual(expect.arrayContaining([...names]));
    });

    it("profiles list-all, and of a group that is not there", async () => {
      const box = new Box();
      const all = await box.prints("profiles", "list-all");
      for (const names of Object.values(NAMES)) {
        for (const name of names) expect(all).toContain(`    - ${name}\n`);
      }
      expect(await box.prints("profiles", "list", "--groups", "nobody")).toBe("");
    });
  });
}
