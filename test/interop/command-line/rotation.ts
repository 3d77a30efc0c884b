/** A mytoken in a file rotates, and the client follows. */
import { describe, expect, it } from "vitest";
import { rootToken } from "../login.ts";
import { claimsOf } from "../wire.ts";
import { Box } from "./client.ts";

const ROTATING = {
  capabilities: ["AT", "tokeninfo", "create_mytoken", "settings"],
  // Then history, subtokens and lists rotate too (semantics Q29).
  restrictions: [{ usages_other: 1000 }],
  rotation: { on_AT: true, on_other: true, auto_revoke: true },
};

/** Commands that update the file. The client reads no successor out of `info introspect`, `revoke` and `settings tags create`. */
const FOLLOWED = [
  ["AT"],
  ["MT"],
  ["MT", "tags", "add", "x"],
  ["MT", "tags", "remove", "x"],
  ["info", "history"],
  ["info", "subtokens"],
  ["info", "notifications"],
  ["settings", "grants", "list"],
  ["settings", "grants", "enable", "ssh"],
  ["settings", "grants", "disable", "ssh"],
  ["settings", "email", "get"],
  ["settings", "email", "update", "--plain"],
  ["settings", "tags", "list"],
  ["settings", "tags", "update", "x", "--color", "red"],
  ["settings", "tags", "delete", "x"],
];

export function rotationTests(): void {
  describe("rotation", () => {
    it("is followed by every command that can", async () => {
      const box = new Box();
      const token = box.keep(await rootToken(ROTATING), "rotating");
      let expected = 1;
      for (const command of FOLLOWED) {
        await box.prints(...command, ...token);
        expected += 1;
        expect([command, claimsOf(box.read("rotating"))["seq_no"]]).toEqual([command, expected]);
      }
    });

    it("does not happen on introspection, which could not tell", async () => {
      const box = new Box();
      const mytoken = await rootToken(ROTATING);
      const token = box.keep(mytoken, "rotating");
      await box.prints("info", "introspect", ...token);
      await box.prints("info", "introspect", ...token);
      expect(box.read("rotating")).toBe(mytoken);
    });

    it("prints the successor where there is no file", async () => {
      const box = new Box();
      const mytoken = await rootToken(ROTATING);
      const { status, errors } = await box.start("AT", "--MT", mytoken).outcome();
      expect(status).toBe(0);
      expect(errors).toContain("The used mytoken changed");
      const [successor = ""] = /^ey\S+/m.exec(errors) ?? [];
      expect(claimsOf(successor)).toMatchObject({ seq_no: 2 });
      expect((await box.start("AT", "--MT", successor).outcome()).status).toBe(0);
    });
  });
}
