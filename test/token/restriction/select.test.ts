import { describe, expect, it } from "vitest";
import type { Clause } from "../../../src/token/clause.ts";
import { type ClauseUse, selectClause } from "../../../src/token/restriction/select.ts";

const NOW = 1_800_000_000;
const USE: Omit<ClauseUse, "clauses"> = {
  kind: "AT",
  now: NOW,
  address: "10.0.0.1",
  country: "DE",
  reverseNames: null,
  usageOf: () => ({ AT: 2, other: 3 }),
  scopes: ["a"],
  audiences: ["x"],
};

function select(clauses: Clause[], use: Partial<ClauseUse> = {}) {
  return selectClause({ ...USE, clauses, ...use });
}

const FITTING: Clause = {
  nbf: NOW,
  exp: NOW,
  scope: "b a",
  audience: ["y", "x"],
  hosts: ["10.0.0.0/8"],
  geoip_allow: ["de"],
  geoip_disallow: ["us"],
  usages_AT: 3,
  usages_other: 4,
};

describe("a use", () => {
  it("of an unrestricted token fits without a clause", () => {
    expect(select([])).toEqual({ fit: true, clause: null, index: null });
  });
  it("fits a clause that holds in every key", () => {
    expect(select([FITTING])).toEqual({ fit: true, clause: FITTING, index: 0 });
    expect(select([FITTING], { kind: "other" })).toEqual({ fit: true, clause: FITTING, index: 0 });
  });
  it("takes the first clause that fits", () => {
    expect(select([{ scope: "z" }, {}, FITTING])).toMatchObject({ fit: true, index: 1, clause: {} });
  });
});

describe("a clause refuses by its", () => {
  it.each([
    ["nbf", { nbf: NOW + 1 }, {}, NOW + 1, NOW],
    ["exp", { exp: NOW - 1 }, {}, NOW - 1, NOW],
    ["exp", { exp: -5 }, {}, -5, NOW],
    ["hosts", { hosts: ["10.0.0.2"] }, {}, ["10.0.0.2"], "10.0.0.1"],
    ["hosts", { hosts: ["10.0.0.1"] }, { address: null }, ["10.0.0.1"], null],
    ["hosts", { hosts: ["10.0.0.1"] }, { address: "10.0.0.1:80" }, ["10.0.0.1"], "10.0.0.1:80"],
    ["hosts", { hosts: ["*"] }, { address: null, reverseNames: ["a."] }, ["*"], null],
    ["geoip_disallow", { geoip_disallow: ["De"] }, {}, ["De"], "DE"],
    ["geoip_disallow", { geoip_disallow: ["XX"] }, { country: null }, ["XX"], null],
    ["geoip_allow", { geoip_allow: ["FR"] }, {}, ["FR"], "DE"],
    ["geoip_allow", { geoip_allow: ["FR"] }, { country: "T1" }, ["FR"], "T1"],
    ["geoip_allow", { geoip_allow: ["XX", "-", ""] }, { country: "XX" }, ["XX", "-", ""], "XX"],
    ["geoip_allow", { geoip_allow: ["XX", "-", ""] }, { country: null }, ["XX", "-", ""], null],
    ["usages_AT", { usages_AT: 2 }, {}, 2, 2],
    ["usages_AT", { usages_AT: 0 }, {}, 0, 2],
    ["usages_other", { usages_other: 3 }, { kind: "other" }, 3, 3],
    ["scope", { scope: "b" }, {}, "b", ["a"]],
    ["scope", { scope: "a" }, { scopes: ["a", "b"] }, "a", ["a", "b"]],
    ["scope", { scope: "  " }, {}, "  ", ["a"]],
    ["scope", { scope: "ab" }, {}, "ab", ["a"]],
    ["audience", { audience: ["y"] }, {}, ["y"], ["x"]],
  ] as [string, Clause, Partial<ClauseUse>, unknown, unknown][])("%s: %j", (why, clause, use, allowed, found) => {
    expect(select([clause], use)).toEqual({ fit: false, why, evidence: { index: 0, allowed, found } });
  });
});

describe("a clause does not look at", () => {
  it.each([
    ["scope and audience in other uses", { scope: "z", audience: ["z"] }, { kind: "other" }],
    ["scope and audience where none is requested", { scope: "z", audience: ["z"] }, { scopes: [], audiences: [] }],
    ["other uses for an access token", { usages_other: 0 }, {}],
    ["access tokens for other uses", { usages_AT: 0 }, { kind: "other" }],
    ["an unknown country under a disallow list", { geoip_disallow: ["DE"] }, { country: null }],
    ["empty lists", { hosts: [], audience: [], geoip_allow: [], geoip_disallow: [] }, { address: null, country: null }],
    ["zero times", { nbf: 0, exp: 0 }, {}],
  ] as [string, Clause, Partial<ClauseUse>][])("%s", (_what, clause, use) => {
    expect(select([clause], use)).toMatchObject({ fit: true, index: 0 });
  });
  it("counters where there is no limit of this kind", () => {
    const usageOf = () => {
      throw new Error("read");
    };
    expect(select([{ usages_other: 1 }], { usageOf })).toMatchObject({ fit: true });
    expect(() => select([{ usages_AT: 1 }], { usageOf })).toThrow("read");
  });
});

describe("why nothing fits", () => {
  it("is the check that emptied the list, with the first clause that came so far", () => {
    const clauses = [{ hosts: ["10.0.0.2"] }, { scope: "b" }, { nbf: NOW + 1 }, { scope: "c" }];
    expect(select(clauses)).toMatchObject({ why: "scope", evidence: { index: 1, allowed: "b" } });
  });
  it("follows the order of the checks", () => {
    const all: Clause = {
      nbf: NOW + 1,
      exp: NOW - 1,
      hosts: ["10.0.0.2"],
      geoip_disallow: ["DE"],
      geoip_allow: ["FR"],
      usages_AT: 0,
      scope: "b",
      audience: ["y"],
    };
    for (const why of [
      "nbf",
      "exp",
      "hosts",
      "geoip_disallow",
      "geoip_allow",
      "usages_AT",
      "scope",
      "audience",
    ] as const) {
      expect(select([all])).toMatchObject({ why });
      expect(select([all, { [why]: all[why] }])).toMatchObject({ why, evidence: { index: 0 } });
      delete (all as Record<string, unknown>)[why];
    }
    expect(select([all])).toMatchObject({ fit: true });
  });
});

describe("reverse names", () => {
  const UNDECIDED = { fit: "undecided", needs: "reverse-names" };
  const named: Clause = { hosts: ["node.example"], scope: "a" };
  const unlooked = { reverseNames: undefined };
  it("are needed if the first clause that may fit depends on them", () => {
    expect(select([named], unlooked)).toEqual(UNDECIDED);
    expect(select([{ scope: "z" }, named, {}], unlooked)).toEqual(UNDECIDED);
  });
  it.each([
    ["an earlier clause fits", [{}, named], { fit: true, index: 0 }],
    ["an address fits", [{ hosts: ["node.example", "10.0.0.1"] }], { fit: true, index: 0 }],
    ["it has ended", [{ ...named, exp: 1 }], { why: "exp" }],
    ["the country is wrong", [{ ...named, geoip_allow: ["FR"] }], { why: "geoip_allow" }],
    ["it is used up", [{ ...named, usages_AT: 1 }], { why: "usages_AT" }],
    ["the scope does not fit", [{ ...named, scope: "z" }], { why: "scope" }],
    ["the audience does not fit", [{ ...named, audience: ["z"] }], { why: "audience" }],
    ["no clause has names", [{ hosts: ["10.0.0.2"] }], { why: "hosts" }],
  ] as [string, Clause[], object][])("are not needed where %s", (_what, clauses, expected) => {
    expect(select(clauses, unlooked)).toMatchObject(expected);
  });
  it("are not needed without an address", () => {
    expect(select([named], { ...unlooked, address: null })).toMatchObject({ fit: false, why: "hosts" });
  });
  it("once looked up decide", () => {
    expect(select([named, {}], { reverseNames: ["node.example."] })).toMatchObject({ fit: true, index: 0 });
    expect(select([named, {}], { reverseNames: [] })).toMatchObject({ fit: true, index: 1 });
    expect(select([named], { reverseNames: null })).toMatchObject({ fit: false, why: "hosts" });
  });
});
