/** Clauses as requests, templates and the consent page write them, after templates are resolved (semantics §1.2). */
import { CLAUSE_KEYS, type Clause, type ClauseKey } from "../clause.ts";
import { timeOfJson } from "./time.ts";

/** A token with more says nothing that a person could still check. */
export const MAX_CLAUSES = 100;
/** All countries fit; bounds the comparison of lists with lists. */
export const MAX_VALUES = 256;

export interface ParseRules {
  /** Seconds; relative times count from here. */
  readonly now: number;
  /** Keys that the configuration does not support: set, they are refused (DESIGN §8). */
  readonly switchedOff?: ReadonlySet<ClauseKey>;
  /** Whether `nbf` and `exp` may be time strings; default true. */
  readonly timeStrings?: boolean;
}

export interface ClauseError {
  readonly ok: false;
  /** Index in the list; 0 for a single clause. */
  readonly clause: number;
  /** The key at fault, as it was written, shortened; `null` if the whole clause or list is. */
  readonly key: string | null;
  /** For the client: names the key, never a value. */
  readonly message: string;
}

export type ParsedClause = { readonly ok: true; readonly clause: Clause; readonly set: boolean } | ClauseError;
export type ParsedClauses = { readonly ok: true; readonly clauses: readonly Clause[] } | ClauseError;

/** `null` for what is refused, `undefined` for what sets nothing. */
type Reader = (value: unknown, rules: ParseRules) => number | string | readonly string[] | null | undefined;

interface Member {
  readonly read: Reader;
  readonly expected: string;
}

const TIME: Member = { read: readTime, expected: "a time: seconds since 1970, not negative, or a text like +1d" };
const TEXT: Member = { read: (v) => (typeof v === "string" ? v || undefined : null), expected: "a text" };
const LIST: Member = { read: readList, expected: `a list of at most ${MAX_VALUES} texts` };
const COUNT: Member = { read: readCount, expected: "a whole number, not negative" };

const MEMBERS: Readonly<Record<ClauseKey, Member>> = {
  nbf: TIME,
  exp: TIME,
  scope: TEXT,
  audience: LIST,
  hosts: LIST,
  geoip_allow: LIST,
  geoip_disallow: LIST,
  usages_AT: COUNT,
  usages_other: COUNT,
};

/** Lower case to the key that is meant. `ip` is the name before 0.6.1 (semantics Q13). */
const KEYS: ReadonlyMap<string, ClauseKey> = new Map([
  ...CLAUSE_KEYS.map((key) => [key.toLowerCase(), key] as const),
  ["ip", "hosts"],
]);

/** What introspection adds to a clause; it may come back in a request. */
const INTROSPECTED: ReadonlySet<string> = new Set(["usages_at_done", "usages_other_done"]);

const MAX_DEPTH = 32;
const MAX_KEY = 64;

/**
 * The value of `restrictions`: absent, `null`, `""` (none), one clause, or an array of clauses, `null` and such arrays.
 * Clauses in which nothing is set are removed; one with an empty array in it stays, without effect.
 */
export function parseClauses(value: unknown, rules: ParseRules): ParsedClauses {
  if (value === undefined || value === null || value === "") return { ok: true, clauses: [] };
  const elements = (Array.isArray(value) ? value.flat(MAX_DEPTH) : [value]).filter((element) => element !== null);
  if (elements.length > MAX_CLAUSES) return error(MAX_CLAUSES, null, `has more than ${MAX_CLAUSES} clauses`);
  const clauses: Clause[] = [];
  for (const [index, element] of elements.entries()) {
    const parsed = parseClause(element, rules, index);
    if (!parsed.ok) return parsed;
    if (parsed.set) clauses.push(parsed.clause);
  }
  return { ok: true, clauses };
}

/** One clause object. `set`: whether it says anything; an empty array does (semantics §1.2). `null` is an empty clause. */
export function parseClause(value: unknown, rules: ParseRules, index = 0): ParsedClause {
  if (value === null) return { ok: true, clause: {}, set: false };
  if (typeof value !== "object" || Array.isArray(value)) return error(index, null, "must be an object", index);
  const members = new Map<ClauseKey, number | string | readonly string[] | undefined>();
  for (const [written, member] of Object.entries(value)) {
    if (INTROSPECTED.has(written.toLowerCase())) continue;
    const key = KEYS.get(written.toLowerCase());
    if (key === undefined) return error(index, written, "is not known", index);
    if (members.has(key)) return error(index, written, `says ${key} a second time`, index);
    const read = member === null ? undefined : MEMBERS[key].read(member, rules);
    if (read === null) return error(index, written, `must be ${MEMBERS[key].expected}`, index);
    if (rules.switchedOff?.has(key) && !isEmpty(read)) return error(index, written, "is not supported here", index);
    members.set(key, read);
  }
  const effective = CLAUSE_KEYS.filter((key) => !isEmpty(members.get(key))).map((key) => [key, members.get(key)]);
  return {
    ok: true,
    clause: Object.fromEntries(effective) as Clause,
    set: [...members.values()].some((read) => read !== undefined),
  };
}

function readTime(value: unknown, rules: ParseRules): number | null | undefined {
  if (typeof value === "string" && rules.timeStrings === false) return null;
  const time = timeOfJson(value, rules.now);
  // Negative times are refused: a negative exp ends at once and yet leaves the token without `exp` claim (Q49).
  if (time === null || time < 0) return null;
  return time === 0 ? undefined : time;
}

function readList(value: unknown): readonly string[] | null {
  if (!Array.isArray(value) || value.length > MAX_VALUES) return null;
  return value.every((entry) => typeof entry === "string") ? value : null;
}

/** Negative limits would enlarge budgets when clauses are compared (semantics Q7). */
function readCount(value: unknown): number | null {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 0) return null;
  return Math.min(value, Number.MAX_SAFE_INTEGER) + 0;
}

function isEmpty(read: number | string | readonly string[] | undefined): boolean {
  return read === undefined || (Array.isArray(read) && read.length === 0);
}

function error(clause: number, written: string | null, fault: string, index?: number): ClauseError {
  const key = written === null ? null : written.slice(0, MAX_KEY);
  const place = index === undefined ? "restrictions" : `restrictions: clause ${index}`;
  return { ok: false, clause, key, message: key === null ? `${place} ${fault}` : `${place}: '${key}' ${fault}` };
}
