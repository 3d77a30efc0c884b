import { describe, expect, it } from "vitest";
import {
  MAX_CLAUSES,
  MAX_VALUES,
  parseClause,
  parseClauses,
  type ParseRules,
} from "../../../src/token/restriction/parse.ts";
import { replaceThis } from "../../../src/token/restriction/this.ts";

const NOW = 1_800_000_000;
const RULES: ParseRules = { now: NOW };

function clauseOf(value: unknown, rules = RULES) {
  const parsed = parseClause(value, rules);
  return parsed.ok ? parsed.clause : parsed.message;
}

function clausesOf(value: unknown, rules = RULES) {
  const parsed = parseClauses(value, rules);
  return parsed.ok ? parsed.clauses : parsed.message;
}

const FULL = {
  nbf: 1,
  exp: 2,
  scope: "a b",
  audience: ["x"],
  hosts: ["10.0.0.1"],
  geoip_allow: ["de", "not a country"],
  geoip_disallow: ["US"],
  usages_AT: 0,
  usages_other: 3,
};

describe("a clause", () => {
  it("keeps every value as given, in the order of the standard", () => {
    expect(clauseOf(FULL)).toEqual(FULL);
    const reversed = Object.fromEntries(Object.entries(FULL).toReversed());
    expect(JSON.stringify(clauseOf(reversed))).toBe(JSON.stringify(FULL));
  });
  it("has keys in any letter case", () => {
    const shouted = Object.fromEntries(Object.entries(FULL).map(([key, value]) => [key.toUpperCase(), value]));
    expect(clauseOf(shouted)).toEqual(FULL);
  });
  it("reads relative and absolute times", () => {
    expect(clauseOf({ nbf: "+1h", exp: "2030-01-02 03:04" })).toEqual({ nbf: NOW + 3600, exp: 1_893_553_440 });
  });
  it("accepts an nbf after exp", () => {
    expect(clauseOf({ nbf: 20, exp: 10 })).toEqual({ nbf: 20, exp: 10 });
  });
  it("knows `ip` as the old name of `hosts`", () => {
    expect(clauseOf({ IP: ["this"] })).toEqual({ hosts: ["this"] });
  });
  it("drops what introspection added", () => {
    expect(clauseOf({ exp: 5, usages_AT_done: 1, USAGES_other_done: "x" })).toEqual({ exp: 5 });
  });
  it("takes null, zero times, empty texts and empty lists for absent", () => {
    expect(clauseOf({ exp: null, nbf: 0, scope: "", audience: [], usages_AT: null })).toEqual({});
  });
  it("says whether anything is set", () => {
    expect(parseClause(null, RULES)).toEqual({ ok: true, clause: {}, set: false });
    expect(parseClause({ exp: null }, RULES)).toEqual({ ok: true, clause: {}, set: false });
    expect(parseClause({ hosts: [] }, RULES)).toEqual({ ok: true, clause: {}, set: true });
  });
  it("clamps huge numbers", () => {
    expect(clauseOf({ exp: 1e300, usages_AT: 1e300 })).toEqual({
      exp: Number.MAX_SAFE_INTEGER,
      usages_AT: Number.MAX_SAFE_INTEGER,
    });
  });
  it("has no negative zero", () => {
    expect(clauseOf({ usages_AT: -0 })).toEqual({ usages_AT: 0 });
  });
  it("accepts as many values as there may be", () => {
    const hosts = Array.from({ length: MAX_VALUES }, (_, i) => `h${i}`);
    expect(clauseOf({ hosts })).toEqual({ hosts });
  });
});

describe("a clause is refused, naming the key:", () => {
  const TIME = "must be a time: seconds since 1970, not negative, or a text like +1d";
  const LIST = `must be a list of at most ${MAX_VALUES} texts`;
  const COUNT = "must be a whole number, not negative";
  it.each([
    ["an unknown key", { ips: ["10.0.0.1"] }, "ips", "is not known"],
    ["another unknown key", { host: [] }, "host", "is not known"],
    ["an unknown key even if null", { ips: null }, "ips", "is not known"],
    ["an unresolved include", { include: "a" }, "include", "is not known"],
    ["__proto__", JSON.parse('{"__proto__":{"exp":1}}'), "__proto__", "is not known"],
    ["constructor", { constructor: 1 }, "constructor", "is not known"],
    ["the same key twice", { exp: 1, EXP: 2 }, "EXP", "says exp a second time"],
    ["the same key twice, first null", { exp: null, Exp: 2 }, "Exp", "says exp a second time"],
    ["ip beside hosts", { hosts: ["a"], ip: ["b"] }, "ip", "says hosts a second time"],
    ["a fraction in exp", { exp: 1.5 }, "exp", TIME],
    ["a negative exp", { exp: -5 }, "exp", TIME],
    ["a negative exp as text", { exp: "-5" }, "exp", TIME],
    ["a negative nbf from a duration", { nbf: "+-100y" }, "nbf", TIME],
    ["a negative nbf from a date", { nbf: "1969-12-31 23:59" }, "nbf", TIME],
    ["no time", { nbf: "tomorrow" }, "nbf", TIME],
    ["an infinite exp", { exp: Infinity }, "exp", TIME],
    ["exp as boolean", { exp: true }, "exp", TIME],
    ["scope as list", { scope: ["a"] }, "scope", "must be a text"],
    ["scope as number", { scope: 5 }, "scope", "must be a text"],
    ["a lone audience", { audience: "a" }, "audience", LIST],
    ["a number among hosts", { hosts: ["a", 1] }, "hosts", LIST],
    ["null among hosts", { hosts: [null] }, "hosts", LIST],
    ["a lone country", { geoip_allow: "DE" }, "geoip_allow", LIST],
    ["a country that is no text", { geoip_disallow: [49] }, "geoip_disallow", LIST],
    ["too many values", { audience: Array.from({ length: MAX_VALUES + 1 }, () => "a") }, "audience", LIST],
    ["a negative limit", { usages_AT: -1 }, "usages_AT", COUNT],
    ["a fraction of a use", { usages_other: 0.5 }, "usages_other", COUNT],
    ["a limit as text", { usages_AT: "1" }, "usages_AT", COUNT],
  ])("%s", (_what, value, key, fault) => {
    const message = `restrictions: clause 3: '${key}' ${fault}`;
    expect(parseClause(value, RULES, 3)).toEqual({ ok: false, clause: 3, key, message });
  });
  it("never echoing more than the beginning of a key", () => {
    const parsed = parseClause({ ["x".repeat(1000)]: 1 }, RULES);
    expect(parsed).toMatchObject({ ok: false, key: "x".repeat(64) });
    expect(clauseOf({ ["x".repeat(1000)]: 1 })).not.toContain("x".repeat(65));
  });
  it.each([["a text"], [5], [true], [[]]])("%j is no clause", (value) => {
    const message = "restrictions: clause 0 must be an object";
    expect(parseClause(value, RULES)).toEqual({ ok: false, clause: 0, key: null, message });
  });
});

describe("switched-off keys", () => {
  const rules: ParseRules = { now: NOW, switchedOff: new Set(["geoip_allow", "usages_AT", "exp", "hosts"]) };
  it.each([
    ["geoip_allow", { geoip_allow: ["DE"] }],
    ["USAGES_at", { USAGES_at: 0 }],
    ["exp", { exp: "+1d" }],
    ["ip", { ip: ["this"] }],
  ])("%s is refused where it is set", (key, value) => {
    const message = `restrictions: clause 0: '${key}' is not supported here`;
    expect(parseClause(value, rules)).toEqual({ ok: false, clause: 0, key, message });
  });
  it("do no harm where they say nothing", () => {
    expect(clauseOf({ geoip_allow: [], exp: 0, hosts: null, usages_AT: null, nbf: 7 }, rules)).toEqual({ nbf: 7 });
  });
});

describe("without time strings", () => {
  const rules: ParseRules = { now: NOW, timeStrings: false };
  it("only numbers are times", () => {
    expect(clauseOf({ exp: 5 }, rules)).toEqual({ exp: 5 });
    expect(clauseOf({ exp: "5" }, rules)).toContain("'exp' must be a time");
    expect(clauseOf({ exp: "" }, rules)).toContain("'exp' must be a time");
  });
});

describe("a list", () => {
  it.each([
    ["absent", undefined, []],
    ["null", null, []],
    ["an empty text", "", []],
    ["an empty list", [], []],
    ["one object", { exp: 5 }, [{ exp: 5 }]],
    ["an empty object", [{}], []],
    ["zeros", [{ exp: 0, nbf: "", scope: "", audience: null }], []],
    ["only what introspection adds", [{ usages_AT_done: 3 }], []],
    ["an empty clause beside another", [{}, { scope: "a" }], [{ scope: "a" }]],
    ["an empty list in a clause", [{ hosts: [] }], [{}]],
    ["no uses", [{ usages_AT: 0 }], [{ usages_AT: 0 }]],
    ["null elements", [null, { exp: 5 }, null], [{ exp: 5 }]],
    ["lists in lists", [[{ exp: 1 }, [{ exp: 2 }]], { exp: 3 }], [{ exp: 1 }, { exp: 2 }, { exp: 3 }]],
    ["the same clause twice", [{ exp: 5 }, { exp: 5 }], [{ exp: 5 }, { exp: 5 }]],
  ])("of %s", (_what, value, clauses) => {
    expect(clausesOf(value)).toEqual(clauses);
  });
  it("is refused with its first bad clause", () => {
    expect(parseClauses([{ exp: 5 }, { exp: "x" }, { foo: 1 }], RULES)).toMatchObject({ clause: 1, key: "exp" });
    expect(clausesOf(["template"])).toBe("restrictions: clause 0 must be an object");
    expect(clausesOf(5)).toBe("restrictions: clause 0 must be an object");
    expect(clausesOf("template")).toBe("restrictions: clause 0 must be an object");
  });
  it("has a limit, however it is nested", () => {
    const full = Array.from({ length: MAX_CLAUSES }, () => ({ exp: 5 }));
    expect(clausesOf([full])).toHaveLength(MAX_CLAUSES);
    expect(parseClauses([full, [{ exp: 5 }]], RULES)).toEqual({
      ok: false,
      clause: MAX_CLAUSES,
      key: null,
      message: `restrictions has more than ${MAX_CLAUSES} clauses`,
    });
  });
  it("follows its rules in every clause", () => {
    expect(clausesOf([{ nbf: 1 }, { exp: 5 }], { now: NOW, switchedOff: new Set(["exp"]) })).toContain(
      "clause 1: 'exp'",
    );
  });
});

describe("the word this", () => {
  it("needs a known address", () => {
    const clauses = [{ scope: "a" }, { hosts: ["b", "THIS"] }];
    const message = "restrictions: clause 1: 'hosts' says 'this', but the address of the caller is unknown";
    const refused = { ok: false, clause: 1, key: "hosts", message };
    expect(replaceThis(clauses, null)).toEqual(refused);
    expect(replaceThis(clauses, "10.0.0.1:80")).toEqual(refused);
  });
  it("is not missed by those who do not say it", () => {
    const clauses = [{ hosts: ["this.example", "10.0.0.1"] }, {}];
    expect(replaceThis(clauses, null)).toEqual({ ok: true, clauses });
  });
  it("changes no clause that was passed in", () => {
    const clause = Object.freeze({ hosts: Object.freeze(["this"]) });
    expect(replaceThis([clause], "::1")).toEqual({ ok: true, clauses: [{ hosts: ["::1"] }] });
    expect(clause.hosts).toEqual(["this"]);
  });
});
