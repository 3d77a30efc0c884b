/** Scope and audience towards the provider (semantics §1.8, §1.11, §7.3). */
import type { Clause } from "../clause.ts";
import { union, words } from "./values.ts";

/** Values without blanks, none twice where we compute them. */
export interface ScopeAndAudience {
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
}

/**
 * What an access token is requested for: what the client asks, else what the fitting clause says (audience: Q3), else
 * all scopes of the provider and no audience. `clause` is `null` for an unrestricted token, whose client is heard too (Q2).
 */
export function fillRequest(
  clause: Clause | null,
  asked: ScopeAndAudience,
  providerScopes: readonly string[],
): ScopeAndAudience {
  const scopes = [asked.scopes, words(clause?.scope), providerScopes].find((list) => list.length > 0) ?? [];
  const audiences = asked.audiences.length > 0 ? asked.audiences : (clause?.audience ?? []);
  return { scopes, audiences };
}

/**
 * The scopes of the authorization request: those of all clauses in order of appearance, a clause without scope counting
 * as all scopes of the provider (Q27).
 */
export function clauseScopes(clauses: readonly Clause[], providerScopes: readonly string[]): readonly string[] {
  if (clauses.length === 0) return union([providerScopes]);
  const lists = clauses.map((clause) => words(clause.scope));
  return union(lists.map((list) => (list.length > 0 ? list : providerScopes)));
}

/**
 * The audiences of the authorization request, each to be sent (Q26). None if one clause has none: it admits any, and
 * naming the others would bind the login to them (token-core QUIRK-58).
 */
export function authorizationAudiences(clauses: readonly Clause[]): readonly string[] {
  const lists = clauses.map((clause) => clause.audience ?? []);
  return lists.some((list) => list.length === 0) ? [] : union(lists);
}

/**
 * The clauses after the provider granted `granted` (empty: it did not say): scopes that it dropped go, in the clause's
 * order, and a clause that loses all goes with them (Q24). Audiences stay (Q25).
 * `null` if no clause is left: no token then, for an empty list would be an unrestricted one.
 */
export function clampScopes(clauses: readonly Clause[], granted: readonly string[]): readonly Clause[] | null {
  if (granted.length === 0) return clauses;
  const clamped = clauses.flatMap((clause) => {
    const scopes = words(clause.scope);
    const kept = scopes.filter((scope) => granted.includes(scope));
    if (kept.length === scopes.length) return [clause];
    return kept.length === 0 ? [] : [{ ...clause, scope: kept.join(" ") }];
  });
  return clamped.length === 0 && clauses.length > 0 ? null : clamped;
}
