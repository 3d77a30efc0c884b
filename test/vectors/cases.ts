/** What the runners of the vector files share: one list of named cases, none left out. */
import { expect } from "vitest";
import type { Rule } from "./rule.ts";

export interface VectorCase {
  readonly suite: string;
  readonly name: string;
  readonly run: () => void | Promise<void>;
}

/** Runs one suite: what stands under its key in the file. */
export type Runner = (suite: never) => readonly Omit<VectorCase, "suite">[];

/** The cases of all suites. Throws if a key of the file is neither a suite with a runner nor one of the `notes`. */
export function casesOf(file: unknown, runners: Readonly<Record<string, Runner>>, notes: readonly string[]): VectorCase[] {
  return Object.entries(file as Record<string, unknown>).flatMap(([suite, content]) => {
    if (notes.includes(suite)) return [];
    const runner = runners[suite];
    if (runner === undefined) throw new Error(`no runner for the suite ${suite}`);
    const cases = runner(content as never);
    if (cases.length === 0) throw new Error(`the suite ${suite} has no cases`);
    return cases.map((entry) => ({ suite, ...entry }));
  });
}

/** A runner for a list of cases. */
export function each<Case>(run: (c: Case) => void | Promise<void>): Runner {
  return (suite: readonly Case[]) =>
    suite.map((c, index) => ({ name: nameOf(c, index), run: () => run(c) }));
}

const LONGEST_NAME = 120;

function nameOf(c: unknown, index: number): string {
  const { name } = c as { name?: string };
  return name ?? `${index + 1}: ${JSON.stringify(c).slice(0, LONGEST_NAME)}`;
}

/** What we answer to a case: by a rule of ours, else `recommended`, else `expected`. Two rules for one case are a fault. */
export function answerTo<Case extends object>(c: Case, rules: readonly Rule<Case>[], expected: unknown): unknown {
  const applying = rules.filter((rule) => rule.applies(c));
  expect(applying.length, `rules ${applying.map(({ id }) => id).join(", ")}`).toBeLessThanOrEqual(1);
  const [rule] = applying;
  if (rule !== undefined) return rule.answer(c);
  return "recommended" in c ? c.recommended : expected;
}
