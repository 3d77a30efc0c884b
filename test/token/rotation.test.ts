import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseRotation } from "../../src/token/rotation.ts";
import { generationDeadline, standingOf, successorClaims } from "../../src/token/rotation/generation.ts";

const FIXED = { seed: 20_261_121, numRuns: 300 };
const NOW = 1_800_000_000;

describe("parseRotation", () => {
  it.each([undefined, null])("takes %s for none", (value) => {
    expect(parseRotation(value)).toEqual({ ok: true, value: undefined });
  });
  it.each([
    [{}, {}],
    [{ on_AT: false, lifetime: 0 }, {}],
    [{ on_AT: null, lifetime: null }, {}],
    [
      { ON_at: true, Lifetime: 5, AUTO_REVOKE: true },
      { on_AT: true, lifetime: 5, auto_revoke: true },
    ],
    [{ on_AT: true, On_At: false }, {}],
    [{ on_other: true, unknown: [1], constructor: 1 }, { on_other: true }],
    [JSON.parse('{"__proto__":{"on_AT":true}}'), {}],
    [{ lifetime: 1e300 }, { lifetime: 9_223_372_036 }],
  ])("reads %j as %j", (value, expected) => {
    expect(parseRotation(value)).toEqual({ ok: true, value: expected });
  });
  it.each([
    [[], "rotation must be an object"],
    ["at", "rotation must be an object"],
    [{ on_AT: "true" }, "rotation: on_AT must be true or false"],
    [{ on_other: 1 }, "rotation: on_other must be true or false"],
    [{ lifetime: -1 }, "rotation: lifetime must be a whole number of seconds, not negative"],
    [{ lifetime: 1.5 }, "rotation: lifetime must be a whole number of seconds, not negative"],
    [{ lifetime: "1d" }, "rotation: lifetime must be a whole number of seconds, not negative"],
  ])("refuses %j", (value, message) => {
    expect(parseRotation(value)).toEqual({ ok: false, message });
  });
  it("writes members in the order of the wire", () => {
    const parsed = parseRotation({ auto_revoke: true, lifetime: 1, on_other: true, on_AT: true });
    expect(JSON.stringify(parsed)).toContain('{"on_AT":true,"on_other":true,"lifetime":1,"auto_revoke":true}');
  });
});

describe("successorClaims", () => {
  const first = { seq_no: 1, iat: NOW - 9, nbf: NOW + 9, exp: NOW + 50, rotation: { on_AT: true, lifetime: 20 } };

  it("counts from the clauses' expiry, not from the predecessor's", () => {
    const second = successorClaims(first, NOW + 50, NOW);
    expect(second).toEqual({ ...first, seq_no: 2, iat: NOW, nbf: NOW, exp: NOW + 20 });
    const third = successorClaims(second, NOW + 50, NOW + 15);
    expect(third.exp).toBe(NOW + 35);
    expect(successorClaims(third, NOW + 50, NOW + 34).exp).toBe(NOW + 50);
  });
  it("leaves a token without expiry without", () => {
    const { exp: _, ...endless } = { ...first, rotation: { on_AT: true } };
    expect(successorClaims(endless, undefined, NOW)).not.toHaveProperty("exp");
  });
  it("never outlives the clauses or its own lifetime", () => {
    fc.assert(
      fc.property(fc.nat(10_000), fc.nat(10_000), fc.nat(10_000), (expiry, lifetime, age) => {
        const deadline = generationDeadline(NOW + expiry, { lifetime }, NOW + age);
        expect(deadline).toBe(lifetime === 0 ? NOW + expiry : Math.min(NOW + expiry, NOW + age + lifetime));
      }),
      FIXED,
    );
  });
});

describe("standingOf", () => {
  const record = { seqNo: 3, since: NOW, rotation: { lifetime: 10, auto_revoke: true } };

  it("is current up to the last second of the lifetime", () => {
    expect(standingOf(3, record, NOW + 10)).toEqual({ standing: "current" });
    expect(standingOf(3, record, NOW + 11)).toEqual({ standing: "expired" });
    expect(standingOf(3, { ...record, expiry: NOW + 5 }, NOW + 6)).toEqual({ standing: "expired" });
  });
  it("a lower number is reuse, a higher one never", () => {
    expect(standingOf(2, record, NOW)).toEqual({ standing: "outdated", revokesFamily: true });
    expect(standingOf(2, { seqNo: 3, since: NOW }, NOW)).toEqual({ standing: "outdated", revokesFamily: false });
    expect(standingOf(4, record, NOW)).toEqual({ standing: "ahead" });
  });
  it("an expired token is no reuse (Q35)", () => {
    expect(standingOf(2, record, NOW + 11)).toEqual({ standing: "expired" });
  });
});
