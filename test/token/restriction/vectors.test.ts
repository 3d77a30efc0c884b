import { describe, expect, it } from "vitest";
import { restrictionRules, timeRules } from "../../vectors/rules-restrictions.ts";
import { runRestrictions } from "../../vectors/run-restrictions.ts";
import type { VectorTest } from "../../vectors/run-suites.ts";
import { runTime } from "../../vectors/run-time.ts";
import restrictions from "../../vectors/vectors-restrictions.json";
import times from "../../vectors/vectors-time.json";

/** Inputs that the files lack and a rule decides; `expected` is the reference (semantics §1, §2). */
const OWN_RESTRICTIONS = {
  isTighterThan: [
    { name: "blank parent scope", a: { scope: "x" }, b: { scope: "  " }, expected: true },
    { name: "blank parent scope, open child", a: {}, b: { scope: " " }, expected: true },
    { name: "IPv6 under any IPv4", a: { hosts: ["2001:db8::1"] }, b: { hosts: ["0.0.0.0/0"] }, expected: false },
    { name: "name under any IPv4", a: { hosts: ["a.example"] }, b: { hosts: ["0.0.0.0/0"] }, expected: false },
  ],
  geo: [{ name: "unknown on an allow list", country: "-", clause: { geoip_allow: ["DE", "-"] }, expected: true }],
  union: [
    { name: "audience beside none", what: "audience", clauses: [{ audience: ["a"] }, { scope: "b" }], expected: ["a"] },
  ],
};

const OWN_TIMES = {
  timeString: [{ input: "9223372036854775807", expected: 9_223_372_036_854_776_000 }],
  jsonValue: [{ json: "-9007199254740993", expected: -9_007_199_254_740_992 }],
  clauseJson: [
    { json: '{"exp":-5}', expected: { exp: -5 } },
    { json: '{"exp":1,"EXP":2}', expected: { exp: 2 } },
    { json: '{"hosts":["a"],"ip":["b"]}', expected: { hosts: ["a"] } },
    { json: JSON.stringify({ audience: Array.from({ length: 257 }, () => "a") }), expected: { audience: ["a"] } },
    { json: '{"usages_AT_done":1,"usages_other_done":2,"exp":7}', expected: { exp: 7 } },
  ],
};

const RUNS: readonly (readonly [string, readonly VectorTest[]])[] = [
  ["vectors-restrictions.json", runRestrictions(restrictions)],
  ["vectors-time.json", runTime(times)],
  ["own restrictions", runRestrictions(OWN_RESTRICTIONS)],
  ["own times", runTime(OWN_TIMES)],
];

describe.each(RUNS)("%s", (_file, tests) => {
  for (const { suite, name, rule, run } of tests) it(`${suite}: ${name}${rule === null ? "" : ` [${rule}]`}`, run);
});

describe("the runners", () => {
  it("run every case of the files", () => {
    const cases = (file: object) =>
      Object.values(file).flatMap((suite: unknown) => (Array.isArray(suite) ? suite : []));
    expect(RUNS[0]?.[1]).toHaveLength(cases(restrictions).length);
    expect(RUNS[1]?.[1]).toHaveLength(cases(times).length);
    expect(cases(restrictions)).toHaveLength(263);
    expect(cases(times)).toHaveLength(115);
  });
  it("fail for a suite that nothing runs", async () => {
    for (const file of [{ toString: [] }, { unheardOf: [{ expected: 1 }] }, { union: { what: "scope" } }]) {
      const tests = [...runRestrictions(file), ...runTime(file)];
      expect(tests).toHaveLength(2);
      for (const { run } of tests) expect(run).toThrow("suite not run");
    }
  });
  it("fail for a wrong or missing answer", async () => {
    const [wrong, missing] = runRestrictions({ latestExpiry: [{ clauses: [], expected: 1 }, { clauses: [] }] });
    await expect(Promise.resolve(wrong?.run())).rejects.toThrow();
    await expect(Promise.resolve(missing?.run())).rejects.toThrow("demands nothing");
  });
  it("need every rule", () => {
    const used = new Set(RUNS.flatMap(([, tests]) => tests.map(({ suite, rule }) => `${suite} ${rule}`)));
    for (const [suite, rules] of [...Object.entries(restrictionRules), ...Object.entries(timeRules)]) {
      for (const { id } of rules) expect(used).toContain(`${suite} ${id}`);
    }
  });
});
