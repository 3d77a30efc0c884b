import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../src/token/operations.ts";
import { audienceRules } from "../vectors/rules-audience-enforced.ts";
import { capabilityRules } from "../vectors/rules-capabilities.ts";
import { profileRules } from "../vectors/rules-profiles.ts";
import { rotationRules } from "../vectors/rules-rotation.ts";
import { utilRules } from "../vectors/rules-util.ts";
import { runAudienceEnforced } from "../vectors/run-audience-enforced.ts";
import { ROWS, runCapabilities } from "../vectors/run-capabilities.ts";
import { runProfiles } from "../vectors/run-profiles.ts";
import { runRotation } from "../vectors/run-rotation.ts";
import type { VectorTest } from "../vectors/run-suites.ts";
import { runUtil } from "../vectors/run-util.ts";
import audience from "../vectors/vectors-audience-enforced.json";
import capabilities from "../vectors/vectors-capabilities.json";
import profiles from "../vectors/vectors-profiles.json";
import rotation from "../vectors/vectors-rotation.json";
import util from "../vectors/vectors-util.json";

interface Run {
  readonly file: object;
  readonly run: (file: unknown) => VectorTest[];
  readonly rules: Readonly<Record<string, readonly { readonly id: string }[]>>;
  readonly cases: number;
}

/** `cases`: those of the file; for operations one per row of ours. */
const RUNS: readonly (readonly [string, Run])[] = [
  ["audience-enforced", { file: audience, run: runAudienceEnforced, rules: audienceRules, cases: 33 }],
  ["capabilities", { file: capabilities, run: runCapabilities, rules: capabilityRules, cases: 98 }],
  ["profiles", { file: profiles, run: runProfiles, rules: profileRules, cases: 151 }],
  ["rotation", { file: rotation, run: runRotation, rules: rotationRules, cases: 132 }],
  ["util", { file: util, run: runUtil, rules: utilRules, cases: 101 }],
];

describe.each(RUNS)("vectors-%s.json", (_name, { file, run, rules, cases }) => {
  const tests = run(file);
  for (const { suite, name, rule, run } of tests) it(`${suite}: ${name}${rule === null ? "" : ` [${rule}]`}`, run);

  it("is run completely", () => expect(tests).toHaveLength(cases));
  it("needs every rule", () => {
    const used = new Set(tests.map(({ suite, rule }) => `${suite} ${rule}`));
    for (const [suite, list] of Object.entries(rules)) {
      for (const { id } of list) expect(used).toContain(`${suite} ${id}`);
    }
  });
  it("fails for a suite that nothing runs", () => {
    const added = run({ ...file, novelty: [{ expected: 1 }] }).filter(({ suite }) => suite === "novelty");
    expect(added).toHaveLength(1);
    expect(added[0]?.run).toThrow("suite not run");
  });
});

describe("OPERATIONS", () => {
  it("has a vector for every row but those that DESIGN §4 and §8 add", () => {
    const covered = new Set<string | null>(Object.values(ROWS).flat());
    const added = Object.keys(OPERATIONS).filter((name) => !covered.has(name));
    expect(added).toEqual(["subtoken_preview", "notification_create_user_wide"]);
  });
});
