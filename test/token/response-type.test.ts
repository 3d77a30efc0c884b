import { describe, expect, it } from "vitest";
import { chooseResponseType, expiresIn } from "../../src/token/response-type.ts";

const FORMS = { jwtLength: 900, shortTokenLength: 64, shortTokens: true, transferCodes: true };

describe("chooseResponseType", () => {
  it.each([undefined, "", "auto", "constructor"])("takes %j for token (QUIRK-06)", (requested) => {
    expect(chooseResponseType(requested, undefined, FORMS)).toBe("token");
  });
  it("gives no code that cannot be redeemed (QUIRK-07)", () => {
    expect(chooseResponseType("transfer_code", undefined, { ...FORMS, transferCodes: false })).toBe("token");
  });
  it("lets a positive length override the type", () => {
    expect(chooseResponseType("transfer_code", 900, FORMS)).toBe("token");
    expect(chooseResponseType("token", 64, { ...FORMS, shortTokens: false })).toBe("transfer_code");
    expect(chooseResponseType("short_token", 0, FORMS)).toBe("short_token");
  });
});

describe("expiresIn", () => {
  it("is absent without exp and from its last second on", () => {
    expect(expiresIn(undefined, 10)).toBeUndefined();
    expect(expiresIn(10, 10)).toBeUndefined();
    expect(expiresIn(11, 10)).toBe(1);
  });
});
