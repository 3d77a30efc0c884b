/** Turns a vector file into tests: one per case, and a failing one for whatever has no runner. */
import { expect } from "vitest";
import type { Rule } from "./rule.ts";

export interface VectorTest {
  readonly suite: string;
  readonly name: string;
  /** Id of the rule that decides the case. */
  readonly rule: string | null;
  readonly run: () => void | Promise<void>;
}

/** A case of a vector file, times already resolved. */
export type VectorCase = Readonly<Record<string, unknown>>;

export interface Suite<Input = never> {
  /** What our code says. */
  readonly answer: (input: Input) => unknown;
  /** What the file demands; default: `recommended` where given, else `expected`. */
  readonly demanded?: (vector: VectorCase) => unknown;
  readonly rules?: readonly Rule[];
}

/** The moment of evaluation in all vectors; `fromNow` counts from it. */
export const NOW = 1_800_000_000;

/** What answers say of an input that is not accepted. */
export const REFUSED = "refused";

export function runSuites(file: unknown, suites: Readonly<Record<string, Suite>>): VectorTest[] {
  return Object.entries(file as Record<string, unknown>).flatMap(([name, cases]) => {
    // Notes are texts, and `meta` describes the file.
    if (name === "meta" || typeof cases === "string") return [];
    const suite = Object.hasOwn(suites, name) ? (suites[name] as Suite<unknown> | undefined) : undefined;
    if (suite === undefined || !Array.isArray(cases)) return [notRun(name)];
    return cases.map((vector: VectorCase, index) => testOf(name, suite, vector, index));
  });
}

function testOf(name: string, suite: Suite<unknown>, raw: VectorCase, index: number): VectorTest {
  const vector = resolveTimes(raw) as VectorCase;
  const input = inputOf(vector);
  const rule = ruleFor(suite.rules ?? [], input);
  const demanded = suite.demanded?.(vector) ?? vector["recommended"] ?? vector["expected"];
  return {
    suite: name,
    name: `${String(vector["name"] ?? JSON.stringify(input)).slice(0, 120)} (${index})`,
    rule: rule?.id ?? null,
    run: async () => {
      const wanted = await (rule === null ? demanded : rule.answer(input));
      expect(wanted, "the case demands nothing").toBeDefined();
      expect(await suite.answer(input)).toEqual(wanted);
    },
  };
}

/** Members of a case that are no input: a rule must not see them. Nor those that begin with `expected`. */
const OUTPUTS = new Set(["name", "origin", "note", "quirk", "recommended", "recommendation", "error"]);

function inputOf(vector: VectorCase): Record<string, unknown> {
  const inputs = Object.entries(vector).filter(([key]) => !OUTPUTS.has(key) && !key.startsWith("expected"));
  return Object.fromEntries(inputs);
}

/** The one rule for these inputs; two that apply are an error in the rules. */
function ruleFor(rules: readonly Rule[], input: unknown): Rule<unknown> | null {
  const applying = (rules as readonly Rule<unknown>[]).filter((rule) => rule.applies(input));
  if (applying.length > 1) throw new Error(`several rules apply: ${applying.map((rule) => rule.id).join(", ")}`);
  return applying[0] ?? null;
}

function notRun(suite: string): VectorTest {
  const run = () => {
    throw new Error(`suite not run: ${suite}`);
  };
  return { suite, name: "suite not run", rule: null, run };
}

/** `{ "fromNow": n }` anywhere becomes the second that is meant. */
function resolveTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolveTimes);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "fromNow") return NOW + Number(first[1]);
  return Object.fromEntries(entries.map(([key, member]) => [key, resolveTimes(member)]));
}
