/** `revoke`. */
import { describe, expect, it } from "vitest";
import { momIdOf, rootToken, subtoken } from "../login.ts";
import { Box } from "./client.ts";

async function family() {
  const root = await rootToken({ capabilities: ["AT", "tokeninfo", "create_mytoken", "manage_mytokens"] });
  const child = await subtoken(root, { capabilities: ["AT", "tokeninfo", "create_mytoken"] });
  return { box: new Box(), root, child, grandchild: await subtoken(child, {}) };
}

const REVOKED = "Token revoked";
const INVALID = /^invalid_token: ./;

export function revocationTests(): void {
  describe("revoke", () => {
    it("ends that token only", async () => {
      const { box, root, child, grandchild } = await family();
      expect(await box.prints("revoke", "--MT", child)).toBe(REVOKED);
      expect(await box.fails("AT", "--MT", child)).toMatch(INVALID);
      expect(await box.prints("AT", "--MT", grandchild)).toMatch(/^\S+$/);
      expect(await box.prints("AT", "--MT", root)).toMatch(/^\S+$/);
      expect(await box.prints("revoke", "--MT", child)).toBe(REVOKED);
    });

    it("-r ends what is below it", async () => {
      const { box, root, child, grandchild } = await family();
      expect(await box.prints("revoke", "-r", "--MT", child)).toBe(REVOKED);
      expect(await box.fails("AT", "--MT", child)).toMatch(INVALID);
      expect(await box.fails("AT", "--MT", grandchild)).toMatch(INVALID);
      expect(await box.prints("AT", "--MT", root)).toMatch(/^\S+$/);
    });

    it("--mom-id ends another token", async () => {
      const { box, root, child, grandchild } = await family();
      const momId = await momIdOf(child);
      expect(await box.prints("revoke", "--MT", root, "--mom-id", momId)).toBe(REVOKED);
      expect(await box.fails("AT", "--MT", child)).toMatch(INVALID);
      expect(await box.prints("AT", "--MT", grandchild)).toMatch(/^\S+$/);
    });

    it("--mom-id -r ends what is below it, and the token itself by its own", async () => {
      const { box, root, child, grandchild } = await family();
      expect(await box.prints("revoke", "-r", "--MT", root, "--mom-id", await momIdOf(child))).toBe(REVOKED);
      expect(await box.fails("AT", "--MT", grandchild)).toMatch(INVALID);
      expect(await box.prints("revoke", "--MT", root, "--mom-id", await momIdOf(root))).toBe(REVOKED);
      expect(await box.fails("AT", "--MT", root)).toMatch(INVALID);
    });

    it("--mom-id of somebody else is refused", async () => {
      const [{ box, root }, other] = [await family(), await family()];
      expect(await box.fails("revoke", "--MT", root, "--mom-id", await momIdOf(other.root))).toMatch(/^\w+: ./);
      expect(await box.prints("AT", "--MT", other.root)).toMatch(/^\S+$/);
    });
  });
}
