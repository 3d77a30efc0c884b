/** The restrictions of a subtoken: what was wanted, as far as the parent's clauses cover it (semantics §2.3). */
import { CLAUSE_KEYS, type Clause, type ClauseKey } from "../clause.ts";
import { measure, widerMember, type Measured } from "./compare.ts";
import { addressesToName, parseHost, type ReverseNames } from "./hosts.ts";

export interface Tightened {
  readonly clauses: readonly Clause[];
  /** The first wanted clause that was dropped; `null` if all were kept or none was wanted. */
  readonly dropped: Dropped | null;
}

export interface Dropped {
  /** Index in the wanted list. */
  readonly clause: number;
  /** The key at which the last clause of the parent ceased to cover it. */
  readonly member: ClauseKey;
}

/** What is left of a parent's clause while one request is served: several wanted clauses share its uses. */
type Budget = { -readonly [Key in keyof Measured]: Measured[Key] };

/**
 * Each wanted clause is kept whole if a clause of the parent covers it (the first that does pays its uses), else
 * dropped. If nothing is kept, the parent's clauses are the result. An unrestricted parent covers everything.
 * `names`: reverse names of the `addressesToLookUp`; without them no name covers an address.
 */
export function tighten(parent: readonly Clause[], wanted: readonly Clause[], names: ReverseNames): Tightened {
  if (parent.length === 0) return { clauses: wanted, dropped: null };
  const budgets: Budget[] = parent.map(measure);
  const kept: Clause[] = [];
  let dropped: Dropped | null = null;
  for (const [index, clause] of wanted.entries()) {
    const member = charge(measure(clause), budgets, names);
    if (member === null) kept.push(clause);
    else dropped ??= { clause: index, member };
  }
  return { clauses: kept.length === 0 ? parent : kept, dropped };
}

/** The wanted addresses whose reverse names may decide, each once, in canonical text. */
export function addressesToLookUp(parent: readonly Clause[], wanted: readonly Clause[]): readonly string[] {
  return addressesToName(hostsOf(parent).map(parseHost), hostsOf(wanted).map(parseHost));
}

/** Takes the uses of `wanted` from the first budget that covers it; else the key at which the last one failed. */
function charge(wanted: Measured, budgets: readonly Budget[], names: ReverseNames): ClauseKey | null {
  let furthest = 0;
  for (const budget of budgets) {
    const wider = widerMember(wanted, budget, names);
    if (wider === null) {
      // A wanted clause without limit is covered only by one without, which stays infinite.
      if (Number.isFinite(wanted.usages_AT)) budget.usages_AT -= wanted.usages_AT;
      if (Number.isFinite(wanted.usages_other)) budget.usages_other -= wanted.usages_other;
      return null;
    }
    furthest = Math.max(furthest, CLAUSE_KEYS.indexOf(wider));
  }
  return CLAUSE_KEYS[furthest] ?? null;
}

function hostsOf(clauses: readonly Clause[]): readonly string[] {
  return clauses.flatMap((clause) => clause.hosts ?? []);
}
