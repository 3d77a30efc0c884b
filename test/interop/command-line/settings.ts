/** `settings`. */
import { describe, expect, it } from "vitest";
import { rootToken } from "../login.ts";
import { Box } from "./client.ts";

async function settled(capabilities = ["settings"]) {
  const box = new Box();
  return { box, token: box.keep(await rootToken({ capabilities })) };
}

export function settingsTests(): void {
  describe("settings grants", () => {
    it("list, enable, disable", async () => {
      const { box, token } = await settled();
      const list = () => box.printsTable("settings", "grants", "list", ...token);
      expect((await list()).filter(([, status]) => status !== "Disabled")).toEqual([]);
      expect(await box.prints("settings", "grants", "enable", ...token, "ssh")).toBe("Grant 'ssh' enabled");
      expect(await list()).toContainEqual(["ssh", "Enabled"]);
      expect(await box.prints("settings", "grants", "enable", ...token, "ssh")).toBe("Grant 'ssh' enabled");
      expect(await box.prints("settings", "grants", "disable", ...token, "ssh")).toBe("Grant 'ssh' disabled");
      expect(await list()).toContainEqual(["ssh", "Disabled"]);
    });

    it("refuses what is no grant type", async () => {
      const { box, token } = await settled();
      expect(await box.fails("settings", "grants", "enable", ...token, "nope")).toMatch(/^invalid_request: .*'nope'/);
    });
  });

  describe("settings email", () => {
    it("get, update", async () => {
      const { box, token } = await settled();
      const get = () => box.prints("settings", "email", "get", ...token);
      expect(await get()).toMatch(/Email Address: +user\d+@example.org\n +Verified: +true\n +Prefer HTML Mail: +\w+$/);
      const change = ["settings", "email", "update", ...token];
      const updated = "Email preferences updated successfully";
      expect(await box.prints(...change, "--email", "new@example.org", "--plain")).toBe(updated);
      expect(await get()).toMatch(/Email Address: +new@example.org\n +Verified: +false\n +Prefer HTML Mail: +false$/);
      expect(await box.prints(...change, "--html")).toBe(updated);
      expect(await get()).toMatch(/Email Address: +new@example.org\n +Verified: +false\n +Prefer HTML Mail: +true$/);
      expect(await box.fails(...change, "--email", "no address")).toMatch(/^invalid_request: ./);
    });
  });

  describe("settings tags", () => {
    it("create, list, update, delete", async () => {
      const { box, token } = await settled();
      const tags = (...args: string[]) => box.prints("settings", "tags", ...args, ...token);
      const list = () => box.printsTable("settings", "tags", "list", ...token);
      expect(await tags("list")).toBe("");
      expect(await tags("create", "green", "--color", "green")).toBe("Tag 'green' created successfully");
      expect(await tags("create", "green", "--color", "red")).toBe("Tag 'green' created successfully");
      expect(await tags("create", "plain")).toBe("Tag 'plain' created successfully");
      expect(await list()).toEqual([
        ["", "green", "008000"],
        ["", "plain", expect.stringMatching(/^[\dA-F]{6}$/)],
      ]);
      expect(await tags("update", "green", "--new-name", "lime", "--color", "lime")).toMatch(/^Tag 'green' updated/);
      expect(await list()).toContainEqual(["", "lime", "00FF00"]);
      expect(await tags("delete", "lime")).toBe("Tag 'lime' deleted successfully");
      expect(await tags("delete", "lime")).toBe("Tag 'lime' deleted successfully");
      expect((await list()).map(([, tag]) => tag)).toEqual(["plain"]);
      expect(await box.fails("settings", "tags", "update", "lime", "--color", "red", ...token)).toMatch(
        /^not_found: ./,
      );
    });

    it("takes names with blanks and slashes, which the client does not escape", async () => {
      const { box, token } = await settled();
      await box.prints("settings", "tags", "create", "two words/one é", ...token);
      const [[, tag] = []] = await box.printsTable("settings", "tags", "list", ...token);
      expect(tag).toBe("two words/one é");
      await box.prints("settings", "tags", "delete", "two words/one é", ...token);
      expect(await box.prints("settings", "tags", "list", ...token)).toBe("");
    });
  });

  it.each([
    ["grants", "list"],
    ["email", "get"],
    ["tags", "list"],
  ])("settings %s %s needs its capability", async (group, command) => {
    const { box, token } = await settled(["AT"]);
    expect(await box.fails("settings", group, command, ...token)).toMatch(/^insufficient_capabilities: ./);
  });
}
