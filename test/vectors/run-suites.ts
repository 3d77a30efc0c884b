/** Turns a vector file into tests: one per case, and a failing one for whatever has no runner. Runs in vitest and without. */
import type { Rule } from "./rule.ts";

export interface VectorTest {
  readonly suite: string;
  readonly name: string;
  /** Id of the rule that decides the case. */
  readonly rule: string | null;
  /** Throws what differs, in one line. */
  readonly run: () => Promise<void>;
}

/** A case of a vector file, times already resolved. */
export type VectorCase = Readonly<Record<string, unknown>>;

export interface Suite<Input = never> {
  /** What our code says. */
  readonly answer: (input: Input) => unknown;
  /** What the file demands; default: `recommended` where given, else `expected`. */
  readonly demanded?: (vector: VectorCase) => unknown;
  readonly rules?: readonly Rule[];
  /** Cases out of a suite that is no list of them, or that needs other members of the file, any of which may be absent. */
  readonly cases?: (suite: never, file: VectorCase) => readonly object[];
}

/** The moment of evaluation in all vectors; `fromNow` counts from it. */
export const NOW = 1_800_000_000;

/** What answers say of an input that is not accepted. */
export const REFUSED = "refused";

/** A member of a file that other suites look into. */
export const DATA: Suite = { cases: () => [], answer: () => undefined };

export function runSuites(file: unknown, suites: Readonly<Record<string, Suite>>): VectorTest[] {
  if (!isObject(file)) return [failing("the file", new Error("no object of suites"))];
  return Object.entries(file).flatMap(([name, given]) => {
    // Notes are texts, and `meta` describes the file.
    if (name === "meta" || typeof given === "string") return [];
    const suite = Object.hasOwn(suites, name) ? (suites[name] as Suite<unknown> | undefined) : undefined;
    try {
      const cases = suite?.cases ? suite.cases(given as never, file) : given;
      if (!suite || !Array.isArray(cases)) throw new Error(`suite not run: ${name}`);
      return cases.map((vector: unknown, index) => testOf(name, suite, vector, index));
    } catch (error) {
      return [failing(name, error)];
    }
  });
}

function testOf(suiteName: string, suite: Suite<unknown>, raw: unknown, index: number): VectorTest {
  if (!isObject(raw)) return failing(suiteName, new Error(`case ${index} is no object`));
  const vector = resolveTimes(raw) as VectorCase;
  const input = inputOf(vector);
  const name = `${String(vector["name"] ?? JSON.stringify(input)).slice(0, 120)} (${index})`;
  try {
    const rules = applyingRules(suite.rules ?? [], input);
    const run = async () => {
      const demanded = async () => suite.demanded?.(vector) ?? vector["recommended"] ?? vector["expected"];
      const wanted = await (rules.length === 0 ? demanded() : answerOf(rules, input));
      if (wanted === undefined) throw new Error("the case demands nothing");
      const found = await suite.answer(input);
      if (!isSame(found, wanted)) throw new Error(`${brief(found)} instead of ${brief(wanted)}`);
    };
    return { suite: suiteName, name, rule: rules.map(({ id }) => id).join(", ") || null, run };
  } catch (error) {
    return { ...failing(suiteName, error), name };
  }
}

/** Members of a case that are no input: a rule must not see them. Nor those that begin with `expected`. */
const OUTPUTS = new Set(["name", "origin", "note", "quirk", "recommended", "recommendation", "error"]);

function inputOf(vector: VectorCase): VectorCase {
  const inputs = Object.entries(vector).filter(([key]) => !OUTPUTS.has(key) && !key.startsWith("expected"));
  return Object.fromEntries(inputs);
}

function applyingRules(rules: readonly Rule[], input: unknown): readonly Rule<unknown>[] {
  return (rules as readonly Rule<unknown>[]).filter((rule) => rule.applies(input));
}

/** What the rules for these inputs say; that two of them differ is an error in the rules. */
async function answerOf(rules: readonly Rule<unknown>[], input: unknown): Promise<unknown> {
  const [first, ...others] = await Promise.all(rules.map((rule) => rule.answer(input)));
  if (!others.every((other) => isSame(other, first))) throw new Error("the rules contradict each other");
  return first;
}

function failing(suite: string, error: unknown): VectorTest {
  return { suite, name: "not run", rule: null, run: () => Promise.reject(error) };
}

/** `{ "fromNow": n }` anywhere becomes the second that is meant. */
function resolveTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(resolveTimes);
  if (!isObject(value)) return value;
  const entries = Object.entries(value);
  const [first] = entries;
  if (entries.length === 1 && first?.[0] === "fromNow") return NOW + Number(first[1]);
  return Object.fromEntries(entries.map(([key, member]) => [key, resolveTimes(member)]));
}

/** Equal as JSON: members in any order, absent ones may be `undefined`. */
function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (!isObject(a) || !isObject(b)) return a === b;
  return [...Object.keys(a), ...Object.keys(b)].every((key) => isSame(ownMember(a, key), ownMember(b, key)));
}

function ownMember(object: VectorCase, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function isObject(value: unknown): value is VectorCase {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function brief(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 300);
}
