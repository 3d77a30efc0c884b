import { expect, it } from "vitest";
import { summary } from "../../../src/token/restriction/summary.ts";

it("says everything that a clause holds", () => {
  const clause = {
    nbf: 1_893_553_440,
    exp: 1_893_553_499,
    scope: "a  b",
    audience: ["x", "y"],
    hosts: ["10.0.0.0/8", "*.example"],
    geoip_allow: ["DE"],
    geoip_disallow: ["US", "FR"],
    usages_AT: 1,
    usages_other: 5,
  };
  expect(summary([clause], false)).toEqual([
    "Usable if all of this holds: from 2030-01-02 03:04 UTC; until 2030-01-02 03:04 UTC; for the scopes a b; " +
      "for the audiences x, y; by clients at 10.0.0.0/8, *.example; in the countries DE; outside the countries US, FR; " +
      "at most 1 access token; at most 5 other uses.",
  ]);
});

it("has a line per alternative", () => {
  expect(summary([{ scope: "a" }, {}, { usages_AT: 0, usages_other: 0 }], false)).toEqual([
    "Usable, if: for the scopes a.",
    "Or, if: no condition at all.",
    "Or, if: no access tokens; no other uses.",
  ]);
});

it("takes empty bounds for none", () => {
  const empty = { nbf: 0, exp: 0, scope: " ", audience: [], hosts: [], geoip_allow: [], geoip_disallow: [] };
  expect(summary([empty], false)).toEqual(["Usable if all of this holds: no condition at all."]);
  expect(summary([], true)).toEqual(["No restrictions: usable at any time, from anywhere, as often as wanted."]);
});

it("warns of a clause that starts after it ends", () => {
  const warning = "Warning: this can never be used, it starts after it ends.";
  expect(summary([{ nbf: 20, exp: 19 }], false)[1]).toBe(warning);
  expect(summary([{ nbf: 20, exp: 20 }], false)).toHaveLength(1);
  expect(summary([{ nbf: 20 }], false)).toHaveLength(1);
  expect(summary([{ nbf: 20, exp: 0 }], false)).toHaveLength(1);
});

it("says what a limit is worth where subtokens can be made", () => {
  const note = "Note: every mytoken made from this one gets the full number of uses again.";
  expect(summary([{}, { usages_AT: 1 }], true).at(-1)).toBe(note);
  expect(summary([{ usages_other: 0 }], true).at(-1)).toBe(note);
  expect(summary([{ usages_AT: 1 }], false)).not.toContain(note);
  expect(summary([{ exp: 5 }], true)).not.toContain(note);
});
