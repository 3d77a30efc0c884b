/** `AT` and `MT` with a mytoken. */
import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { momIdOf, rootToken } from "../login.ts";
import { claimsOf } from "../wire.ts";
import { Box } from "./client.ts";

const CAPABILITIES = ["AT", "tokeninfo", "create_mytoken"];
const AUDIENCE = "https://storage.example.org";
const HOUR_SECONDS = 3600;

async function withToken(request: Record<string, unknown> = {}) {
  const box = new Box();
  return { box, token: box.keep(await rootToken({ capabilities: CAPABILITIES, ...request })) };
}

export function tokenTests(): void {
  describe("AT", () => {
    it("prints an access token, or writes it to a file", async () => {
      const { box, token } = await withToken();
      expect(await box.prints("AT", ...token)).toMatch(/^\S+$/);
      expect(await box.prints("AT", "-s", "openid", "-s", "email", ...token, "-o", box.path("at"))).toBe("");
      expect(box.read("at")).toMatch(/^\S+$/);
      expect(statSync(box.path("at")).mode & 0o777).toBe(0o600);
    });

    it("takes an audience", async () => {
      const { box, token } = await withToken({ restrictions: [{ audience: [AUDIENCE, "https://other.example.org"] }] });
      expect(claimsOf(await box.prints("AT", "--aud", AUDIENCE, ...token))).toMatchObject({ aud: AUDIENCE });
    });

    it("takes the mytoken from an option or the environment", async () => {
      const box = new Box();
      const mytoken = await rootToken({});
      expect(await box.prints("AT", "--MT", mytoken)).toMatch(/^\S+$/);
      expect(await box.fails("AT", "--MT", `${mytoken}x`)).toMatch(/^invalid_token: ./);
    });

    it("says what it may not do", async () => {
      const { box, token } = await withToken({ capabilities: ["tokeninfo"] });
      expect(await box.fails("AT", ...token)).toMatch(/^insufficient_capabilities: ./);
    });
  });

  describe("MT", () => {
    it("makes a mytoken with the default capabilities", async () => {
      const { box, token } = await withToken();
      const claims = claimsOf(await box.prints("MT", ...token));
      expect(claims).toMatchObject({ capabilities: ["AT", "tokeninfo"], seq_no: 1 });
      expect(claims).not.toHaveProperty("name");
      expect(claims).not.toHaveProperty("restrictions");
    });

    it("passes restrictions on", async () => {
      const { box, token } = await withToken();
      const options = [
        "--exp",
        "+1h",
        "--usages-AT",
        "0",
        "--usages-other",
        "0",
        "--scope",
        "openid",
        "--ip",
        "127.0.0.1",
      ];
      const { restrictions, exp, iat } = claimsOf(await box.prints("MT", ...token, "--name", "tight", ...options));
      expect(Number(exp) - Number(iat)).toBeGreaterThan(HOUR_SECONDS - 30);
      expect(restrictions).toEqual([{ exp, scope: "openid", hosts: ["127.0.0.1"], usages_AT: 0, usages_other: 0 }]);
    });

    it("refuses restrictions that are not tighter, which it always asks for", async () => {
      const { box, token } = await withToken({ restrictions: [{ usages_AT: 2 }] });
      const why = await box.fails("MT", ...token, "--restrictions", '[{"usages_AT":5}]');
      expect(why).toMatch(/^invalid_request: .*usages_AT/);
    });

    it("knows templates and profiles by name", async () => {
      const { box, token } = await withToken();
      const byTemplates = [
        "--restrictions",
        "12h ip-this",
        "--capability",
        "@default",
        "--rotation",
        "at",
        "--rotation-on-other",
      ];
      const claims = claimsOf(await box.prints("MT", ...token, ...byTemplates));
      expect(claims).toMatchObject({
        capabilities: ["AT", "tokeninfo"],
        restrictions: [{ exp: expect.any(Number), hosts: ["127.0.0.1"] }],
        rotation: { on_AT: true, on_other: true },
      });
      const profile = claimsOf(await box.prints("MT", ...token, "--profile", "web-default"));
      expect(profile).toMatchObject({ restrictions: [{ usages_AT: 15, hosts: ["127.0.0.1"] }] });
      expect(await box.fails("MT", ...token, "--profile", "nobody-made-this")).toMatch(/^invalid_request: ./);
    });

    it("makes short tokens, which work like others", async () => {
      const { box, token } = await withToken();
      const short = await box.prints("MT", ...token, "--token-type", "short");
      expect(short).toMatch(/^[\w-]{20,100}$/);
      expect(await box.prints("AT", "--MT", short)).toMatch(/^\S+$/);
      expect(await box.fails("info", "--MT", short)).toBe("The token is not a JWT.");
      expect(await box.printsJson("info", "introspect", "--MT", short)).toMatchObject({ token_type: "short_token" });
    });

    // Its own fault: the request is right (clients §3).
    it("loses a transfer code", async () => {
      const { box, token } = await withToken();
      expect(await box.fails("MT", ...token, "--token-type", "transfer")).toBe("server returned empty mytoken");
    });

    it("takes no transfer code that is none", async () => {
      expect(await new Box().fails("MT", "--TC", "aaaaaaaa")).toMatch(/^invalid_token: ./);
    });

    it("tags a new mytoken", async () => {
      const { box, token } = await withToken({ capabilities: [...CAPABILITIES, "manage_mytokens"] });
      expect(await box.prints("MT", ...token, "--name", "tagged", "--tags", "blue", "--tags", "night")).toMatch(/^ey/);
      const rows = await box.printsTable("info", "list-mytokens", ...token);
      expect(rows.find(([name]) => name?.endsWith("box:tagged"))?.[3]).toBe("blue, night");
    });
  });

  describe("MT tags", () => {
    it("adds and removes, on the token itself and on others", async () => {
      const { box, token } = await withToken({ capabilities: [...CAPABILITIES, "manage_mytokens"] });
      const child = await box.prints("MT", ...token, "--name", "child");
      const tags = async () => (await box.printsTable("info", "list-mytokens", ...token)).map((row) => row[3]);
      expect(await box.prints("MT", "tags", "add", ...token, "own")).toBe("Tag 'own' added successfully");
      const other = ["--mom-id", await momIdOf(child)];
      expect(await box.prints("MT", "tags", "add", ...token, ...other, "other")).toMatch(/^Tag 'other' added/);
      await expect.poll(tags).toEqual(["own", "other"]);
      expect(await box.prints("MT", "tags", "add", ...token, "--include-children", "all")).toMatch(/added/);
      await expect.poll(tags).toEqual(["all, own", "all, other"]);
      expect(await box.prints("MT", "tags", "remove", ...token, "all")).toBe("Tag 'all' removed successfully");
      expect(await box.prints("MT", "tags", "remove", ...token, ...other, "other")).toMatch(/removed/);
      await expect.poll(tags).toEqual(["own", ""]);
    });

    it("refuses without the capability", async () => {
      const { box, token } = await withToken({ capabilities: ["AT"] });
      expect(await box.fails("MT", "tags", "add", ...token, "x")).toMatch(/^insufficient_capabilities: ./);
    });
  });
}
