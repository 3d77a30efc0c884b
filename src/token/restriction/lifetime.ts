/** What the clauses say about the life of the whole token (semantics §1.10, §2.4, §7.2). */
import type { Clause } from "../clause.ts";
import { secondsFrom } from "./time.ts";

/** The latest `exp`; 0 if there is no clause or one without `exp`. Negative ones never win. */
export function latestExp(clauses: readonly Clause[]): number {
  if (clauses.some((clause) => !clause.exp)) return 0;
  return clauses.reduce((latest, clause) => Math.max(latest, clause.exp ?? 0), 0);
}

/** The earliest `nbf`; 0 if there is no clause or one without `nbf`. */
export function earliestNbf(clauses: readonly Clause[]): number {
  if (clauses.length === 0) return 0;
  return clauses.reduce((earliest, clause) => Math.min(earliest, clause.nbf ?? 0), Infinity);
}

export interface TimeClaims {
  readonly nbf: number;
  readonly exp?: number;
}

/** The claims of a token that is made at `now`. */
export function timeClaims(clauses: readonly Clause[], now: number): TimeClaims {
  const exp = latestExp(clauses);
  const nbf = Math.max(now, earliestNbf(clauses));
  return exp === 0 ? { nbf } : { nbf, exp };
}

/** Whether a token with these clauses would be dead from its first second. */
export function isExpired(clauses: readonly Clause[], now: number): boolean {
  const exp = latestExp(clauses);
  return exp > 0 && exp < now;
}

export interface LimitedLifetime {
  readonly clauses: readonly Clause[];
  /** Index of the first clause whose own, later `exp` was cut: what `error_on_restrictions` refuses (DESIGN §8). */
  readonly cut: number | null;
}

/**
 * The clauses under a provider's maximum lifetime: none ends later than `maximumSeconds` from `now` (0: no maximum).
 * No clause becomes one clause with that end.
 */
export function limitLifetime(clauses: readonly Clause[], maximumSeconds: number, now: number): LimitedLifetime {
  if (maximumSeconds <= 0) return { clauses, cut: null };
  const end = secondsFrom(now, maximumSeconds);
  if (clauses.length === 0) return { clauses: [{ exp: end }], cut: null };
  const cut = clauses.findIndex((clause) => (clause.exp ?? 0) > end);
  return {
    clauses: clauses.map((clause) => (clause.exp && clause.exp <= end ? clause : { ...clause, exp: end })),
    cut: cut < 0 ? null : cut,
  };
}
