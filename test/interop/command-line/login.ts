import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { claimsOf } from "../wire.ts";
import { Box } from "./client.ts";
import { approvedBy, declined, runLogin } from "./consent.ts";

/** Longer than two of its polls: on the second pending answer it computes with the interval (clients §1). */
const LATE_MILLISECONDS = 11_000;

export function loginTests(): void {
  describe("MT --oidc", () => {
    it("polls on while nobody has decided", async () => {
      const box = new Box();
      const { status, output, errors } = await runLogin(box, ["--name", "late"], async (consentUri) => {
        await delay(LATE_MILLISECONDS);
        await approvedBy("late")(consentUri);
      });
      expect(errors).toContain("Starting polling ...");
      expect(errors).toMatch(/success\s*$/);
      expect(status).toBe(0);
      expect(claimsOf(output)).toMatchObject({
        name: "box:late",
        oidc_sub: "late",
        capabilities: ["AT", "tokeninfo"],
      });
    });

    it("ends when it was declined", async () => {
      const { status, output, errors } = await runLogin(new Box(), [], declined);
      expect({ status, output }).toEqual({ status: 1, output: "" });
      expect(errors).toMatch(/\naccess_denied: .+\n$/);
    });

    it("says which provider it does not know", async () => {
      const box = new Box();
      const why = await box.fails("MT", "--oidc", "-i", "https://other.example.org");
      expect(why).toMatch(/^invalid_request: ./);
    });
  });
}
