import { inject } from "vitest";
import { describe, expect, it } from "vitest";
import { exchange, login } from "../fixtures/client.ts";
import { fakeIssuer } from "../fixtures/fake-control.ts";

describe("log in, get a mytoken, exchange it", () => {
  it.each([
    ["a real provider that rotates", () => inject("realProvider")],
    ["a real provider that does not", () => inject("realProviderNotRotating")],
    ["the fake provider", () => fakeIssuer("plain")],
  ])("at %s", async (_, issuer) => {
    const { mytoken } = await login({ issuer: issuer(), user: "alice" });
    for (const round of [1, 2, 3]) {
      const { status, body } = await exchange(mytoken);
      expect([round, status, body]).toEqual([round, 200, expect.objectContaining({ token_type: "Bearer" })]);
    }
  });

  it("survives an audience that the provider refuses", async () => {
    const { mytoken } = await login({ issuer: inject("realProvider") });
    expect(await exchange(mytoken, { audience: "https://not.granted.example" })).toMatchObject({
      status: 400,
      body: { error: "oidc_error", error_description: expect.stringContaining("invalid_target") },
    });
    expect(await exchange(mytoken)).toMatchObject({ status: 200 });
  });
});
