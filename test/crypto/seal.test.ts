import { describe, expect, it } from "vitest";
import { utf8, utf8Text } from "../../src/crypto/encoding.ts";
import { randomBytes } from "../../src/crypto/random.ts";
import { open, openTextUnderText, seal, sealTextUnderText } from "../../src/crypto/seal.ts";

describe("seal", () => {
  it("opens with the same key and associated data, and with nothing else", async () => {
    const key = randomBytes(32);
    const sealed = await seal(key, utf8("refresh token"), "grant 1");
    expect(utf8Text((await open(key, sealed, "grant 1"))!)).toBe("refresh token");
    expect(await open(key, sealed, "grant 2")).toBeNull();
    expect(await open(randomBytes(32), sealed, "grant 1")).toBeNull();
    sealed[sealed.length - 1]! ^= 1;
    expect(await open(key, sealed, "grant 1")).toBeNull();
    expect(await open(key, new Uint8Array(3), "grant 1")).toBeNull();
  });
  it("seals the same text twice to different bytes", async () => {
    const key = randomBytes(32);
    expect(await seal(key, utf8("a"), "")).not.toEqual(await seal(key, utf8("a"), ""));
  });
  it("under a text", async () => {
    const sealed = await sealTextUnderText("secret", "plain", "purpose");
    expect(await openTextUnderText("secret", sealed, "purpose")).toBe("plain");
    expect(await openTextUnderText("secreT", sealed, "purpose")).toBeNull();
    expect(await openTextUnderText("secret", sealed, "other")).toBeNull();
  });
});
