import { describe, expect, it } from "vitest";
import type { Clause } from "../../../src/token/clause.ts";
import {
  earliestNbf,
  isExpired,
  latestExp,
  limitLifetime,
  timeClaims,
} from "../../../src/token/restriction/lifetime.ts";
import { tighten } from "../../../src/token/restriction/tighten.ts";

const NO_NAMES = new Map<string, readonly string[]>();
const NOW = 1_800_000_000;

describe("what is dropped is named:", () => {
  const parent: Clause = {
    nbf: 10,
    exp: 20,
    scope: "a b",
    audience: ["x"],
    hosts: ["10.0.0.0/8"],
    geoip_allow: ["DE"],
    geoip_disallow: ["US"],
    usages_AT: 5,
    usages_other: 5,
  };
  it.each([
    ["nbf", 9],
    ["exp", 21],
    ["scope", "a c"],
    ["scope", "  "],
    ["audience", ["x", "y"]],
    ["hosts", ["10.0.0.1", "11.0.0.1"]],
    ["geoip_allow", ["DE", "FR"]],
    ["geoip_disallow", ["FR"]],
    ["usages_AT", 6],
    ["usages_other", 6],
  ])("%s %j", (member, value) => {
    expect(tighten([parent], [parent], NO_NAMES).dropped).toBeNull();
    const wider = tighten([parent], [{ ...parent, [member]: value }], NO_NAMES);
    expect(wider).toEqual({ clauses: [parent], dropped: { clause: 0, member } });
    const absent = Object.fromEntries(Object.entries(parent).filter(([key]) => key !== member));
    expect(tighten([parent], [absent], NO_NAMES).dropped).toEqual({ clause: 0, member });
    expect(tighten([absent], [parent], NO_NAMES).dropped).toBeNull();
  });
  it("the first one, by its index in the wanted list", () => {
    const wanted = [{ scope: "a" }, { scope: "z" }, { scope: "y" }];
    expect(tighten([{ scope: "a" }], wanted, NO_NAMES)).toEqual({
      clauses: [{ scope: "a" }],
      dropped: { clause: 1, member: "scope" },
    });
  });
  it("the key at which the last parent clause failed", () => {
    const wanted = [{ nbf: 5, exp: 5, scope: "b" }];
    expect(tighten([{ scope: "a" }, { nbf: 9 }, { exp: 1 }], wanted, NO_NAMES).dropped?.member).toBe("scope");
    expect(tighten([{ exp: 1 }, { nbf: 9 }], wanted, NO_NAMES).dropped?.member).toBe("exp");
  });
  it("a budget that earlier clauses used up", () => {
    const { dropped } = tighten([{ usages_other: 3 }], [{ usages_other: 2 }, { usages_other: 2 }], NO_NAMES);
    expect(dropped).toEqual({ clause: 1, member: "usages_other" });
  });
  it("but an unlimited budget is never used up", () => {
    const wanted = [{ usages_AT: 5 }, { scope: "a" }, { usages_AT: 5, usages_other: 7 }, {}];
    expect(tighten([{}], wanted, NO_NAMES)).toEqual({ clauses: wanted, dropped: null });
  });
});

describe("tightening", () => {
  it("leaves what it is given alone", () => {
    const parent = Object.freeze([Object.freeze({ usages_AT: 3 })]);
    tighten(parent, [{ usages_AT: 2 }], NO_NAMES);
    expect(tighten(parent, [{ usages_AT: 2 }], NO_NAMES).dropped).toBeNull();
    expect(parent).toEqual([{ usages_AT: 3 }]);
  });
  it("compares countries without regard to letter case", () => {
    const parent = { geoip_allow: ["de"], geoip_disallow: ["us"] };
    expect(tighten([parent], [{ geoip_allow: ["DE"], geoip_disallow: ["Us"] }], NO_NAMES).dropped).toBeNull();
  });
  it("takes empty lists for absent bounds", () => {
    const empty: Clause = { scope: "", audience: [], hosts: [], geoip_allow: [], geoip_disallow: [], exp: 0, nbf: 0 };
    expect(tighten([{ scope: "a" }], [empty], NO_NAMES).dropped?.member).toBe("scope");
    expect(tighten([{ audience: ["a"] }], [empty], NO_NAMES).dropped?.member).toBe("audience");
    expect(tighten([{ hosts: ["a"] }], [empty], NO_NAMES).dropped?.member).toBe("hosts");
    expect(tighten([{ geoip_allow: ["a"] }], [empty], NO_NAMES).dropped?.member).toBe("geoip_allow");
    expect(tighten([empty], [{}, { exp: 5, hosts: ["a"] }], NO_NAMES).dropped).toBeNull();
  });
  it("uses names only if it is told them", () => {
    const parent = [{ hosts: ["node.example"] }];
    const wanted = [{ hosts: ["10.0.0.1"] }];
    expect(tighten(parent, wanted, NO_NAMES).dropped?.member).toBe("hosts");
    expect(tighten(parent, wanted, new Map([["10.0.0.1", ["node.example."]]])).dropped).toBeNull();
  });
});

describe("a maximum lifetime", () => {
  it("names the first clause whose own end was cut", () => {
    const wanted = [{ scope: "a" }, { exp: NOW + 60 }, { exp: NOW + 61 }, { exp: NOW + 99 }];
    const ends = [NOW + 60, NOW + 60, NOW + 60, NOW + 60];
    const limited = limitLifetime(wanted, 60, NOW);
    expect(limited.clauses.map(({ exp }) => exp)).toEqual(ends);
    expect(limited.cut).toBe(2);
    expect(limitLifetime([{ exp: NOW + 61 }], 60, NOW).cut).toBe(0);
  });
  it("that nobody asked to exceed cuts nothing", () => {
    expect(limitLifetime([], 60, NOW)).toEqual({ clauses: [{ exp: NOW + 60 }], cut: null });
    expect(limitLifetime([{ scope: "a" }, { exp: 0 }], 60, NOW).cut).toBeNull();
    expect(limitLifetime([{ exp: NOW + 99 }], 0, NOW)).toEqual({ clauses: [{ exp: NOW + 99 }], cut: null });
    expect(limitLifetime([], 0, NOW)).toEqual({ clauses: [], cut: null });
  });
  it("beyond all numbers is clamped", () => {
    expect(limitLifetime([], 1e300, NOW).clauses).toEqual([{ exp: Number.MAX_SAFE_INTEGER }]);
  });
  it("leaves what it is given alone", () => {
    const clauses = Object.freeze([Object.freeze({ scope: "a" })]);
    expect(limitLifetime(clauses, 60, NOW).clauses).toEqual([{ scope: "a", exp: NOW + 60 }]);
    expect(clauses).toEqual([{ scope: "a" }]);
  });
});

describe("the claims of a token", () => {
  it.each([
    ["no clause", [], { nbf: NOW }],
    ["one clause without end", [{ exp: NOW + 5 }, {}], { nbf: NOW }],
    ["the latest end", [{ exp: NOW + 5 }, { exp: NOW + 9 }, { exp: NOW + 7 }], { nbf: NOW, exp: NOW + 9 }],
    ["the earliest start", [{ nbf: NOW + 9 }, { nbf: NOW + 5 }], { nbf: NOW + 5 }],
    ["a start that has passed", [{ nbf: NOW - 9 }], { nbf: NOW }],
    ["one clause without start", [{ nbf: NOW + 9 }, {}], { nbf: NOW }],
  ])("%s", (_what, clauses, claims) => {
    expect(timeClaims(clauses, NOW)).toEqual(claims);
  });
  it("a negative end is none", () => {
    expect(latestExp([{ exp: -5 }])).toBe(0);
    expect(earliestNbf([{ nbf: 5 }, { nbf: 0 }])).toBe(0);
  });
  it("would be expired only if every clause has ended", () => {
    expect(isExpired([{ exp: NOW - 1 }, { exp: NOW - 2 }], NOW)).toBe(true);
    expect(isExpired([{ exp: NOW }], NOW)).toBe(false);
    expect(isExpired([{ exp: NOW - 1 }, {}], NOW)).toBe(false);
    expect(isExpired([], NOW)).toBe(false);
  });
});
