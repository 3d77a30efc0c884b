import { describe, expect, it } from "vitest";
import { grantTypeIn } from "../../src/token/grant-type.ts";
import { colorOf, defaultColor, isTagName } from "../../src/token/tag.ts";
import { targetIn } from "../../src/token/target.ts";

describe("tags", () => {
  it("have from 1 to 64 characters, as people count them", () => {
    expect(isTagName("")).toBe(false);
    expect(isTagName("x".repeat(64))).toBe(true);
    expect(isTagName("x".repeat(65))).toBe(false);
    expect(isTagName("😀".repeat(64))).toBe(true);
  });

  it("have a colour of six digits, written with or without #", () => {
    expect(colorOf("#00ff7F")).toBe("00ff7F");
    expect(colorOf("00ff7F")).toBe("00ff7F");
    for (const none of ["", "#", "##00ff7f", "0f7", "00ff7g", "00ff7f0", "00ff7f\n", " 00ff7f"]) {
      expect(colorOf(none)).toBeNull();
    }
  });

  /** CRC-32: "123456789" is CBF43926 in every table; leading zeros go, then the six leftmost digits count. */
  it("have a colour of their own if they are given none", () => {
    expect(defaultColor("123456789")).toBe("CBF439");
    expect(defaultColor("a")).toBe("E8B7BE");
    // CRC-32: 0034506E and 00000000.
    expect(defaultColor("t110")).toBe("34506E");
    expect(defaultColor("")).toBe("000000");
  });
});

describe("mom_ids", () => {
  it("are words or names", () => {
    expect(targetIn("this")).toEqual({ momId: null, below: false });
    expect(targetIn("children")).toEqual({ momId: null, below: true });
    expect(targetIn("children@x")).toEqual({ momId: "x", below: true });
    expect(targetIn("children@")).toEqual({ momId: "", below: true });
    expect(targetIn("This")).toEqual({ momId: "This", below: false });
  });
});

it("grant types have exact names, and one has two", () => {
  expect(grantTypeIn("refresh_token")).toBe("mytoken");
  expect(grantTypeIn("ssh")).toBe("ssh");
  expect(grantTypeIn("SSH")).toBeNull();
  expect(grantTypeIn("toString")).toBeNull();
});
