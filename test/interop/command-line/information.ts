/** `info` and what is under it. */
import { describe, expect, it } from "vitest";
import { momIdOf, rootToken, subtoken } from "../login.ts";
import { claimsOf } from "../wire.ts";
import { Box } from "./client.ts";

const CAPABILITIES = ["AT", "tokeninfo", "create_mytoken", "manage_mytokens"];

async function family() {
  const box = new Box();
  const root = await rootToken({ capabilities: CAPABILITIES, name: "root" });
  const child = await subtoken(root, { name: "child", capabilities: ["AT", "tokeninfo", "create_mytoken"] });
  const grandchild = await subtoken(child, { name: "grandchild" });
  return { box, root, child, grandchild, token: box.keep(root) };
}

export function informationTests(): void {
  describe("info", () => {
    it("shows the claims, without asking anybody", async () => {
      const { box, root, token } = await family();
      expect(await box.printsJson("info", ...token)).toEqual(claimsOf(root));
    });

    it("introspect", async () => {
      const { box, root, token } = await family();
      const restricted = await subtoken(root, { restrictions: [{ usages_AT: 3, usages_other: 5 }] });
      expect(await box.printsJson("info", "introspect", ...token)).toEqual({
        valid: true,
        token_type: "token",
        token: claimsOf(root),
        mom_id: await momIdOf(root),
      });
      await box.prints("AT", "--MT", restricted);
      const { token: claims } = await box.printsJson("info", "introspect", "--MT", restricted);
      expect(claims).toMatchObject({ restrictions: [{ usages_AT: 3, usages_AT_done: 1, usages_other: 5 }] });
    });

    it("history", async () => {
      const { box, child } = await family();
      await box.prints("AT", "--MT", child, "for the night");
      const rows = await box.printsTable("info", "history", "--MT", child);
      const [newest] = rows;
      expect(newest).toEqual([
        "AT_created",
        "Used grant_type mytoken",
        expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/),
        "127.0.0.1",
        expect.stringMatching(/^mytoken client /),
      ]);
      expect(rows.map(([event, comment]) => [event, comment])).toEqual([
        ["AT_created", "Used grant_type mytoken"],
        ["MT_created", "Created MT grandchild"],
        ["inherited_RT", "Got RT from parent"],
        ["created", "Used grant_type mytoken"],
      ]);
    });

    it("subtokens: one tree", async () => {
      const { box, root, child, grandchild, token } = await family();
      const entry = async (mytoken: string, name: string) => ({
        mom_id: await momIdOf(mytoken),
        name,
        created: expect.any(Number) as number,
        ip: "127.0.0.1",
      });
      expect(await box.printsJson("info", "subtokens", ...token)).toEqual({
        token: await entry(root, "root"),
        children: [
          { token: await entry(child, "child"), children: [{ token: await entry(grandchild, "grandchild") }] },
        ],
      });
    });

    it.each([["info"], ["MT"]])("%s list-mytokens: every tree", async (command) => {
      const { box, root, token } = await family();
      const { oidc_sub: user } = claimsOf(root);
      await rootToken({ name: "another" }, String(user));
      const rows = await box.printsTable(command, "list-mytokens", "--include-mom-id", ...token);
      const names = new Set(rows.map(([, name]) => name));
      expect(names).toEqual(new Set(["another", "root", "└─ child", "└─ grandchild"]));
      expect(rows.find(([, name]) => name === "root")?.[0]).toBe(await momIdOf(root));
    });

    it("notifications: none yet, in every form", async () => {
      const { box, child, token } = await family();
      const none = "No notifications or calendars found.";
      expect(await box.prints("info", "notifications", ...token)).toBe(none);
      expect(await box.prints("info", "notifications", "--mom-id", "this", ...token)).toBe(none);
      const several = ["--mom-id", "this", "--mom-id", "children", "--mom-id", await momIdOf(child)];
      expect(await box.prints("info", "notifications", ...several, ...token)).toBe(none);
    });

    it.each([["introspect"], ["history"], ["subtokens"], ["list-mytokens"], ["notifications"]])(
      "%s needs its capability",
      async (command) => {
        const box = new Box();
        const token = box.keep(await rootToken({ capabilities: ["AT"] }));
        expect(await box.fails("info", command, ...token)).toMatch(/^insufficient_capabilities: ./);
      },
    );
  });
}
