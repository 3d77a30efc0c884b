/** Restrictions in words, for the consent page: plain text lines, neither escaped nor capped. */
import type { Clause } from "../clause.ts";
import { toUtcText } from "./calendar.ts";
import { words } from "./values.ts";

/**
 * A line or more per clause, with a warning where one can never be used. `createsSubtokens`: the token may hold
 * `create_mytoken`; where that meets a limit of uses, the last line says what the limit is worth (DESIGN §8).
 */
export function summary(clauses: readonly Clause[], createsSubtokens: boolean): readonly string[] {
  if (clauses.length === 0) return ["No restrictions: usable at any time, from anywhere, as often as wanted."];
  const lines = clauses.flatMap((clause, index) => {
    const heading = clauses.length === 1 ? "Usable if all of this holds" : `${index === 0 ? "Usable" : "Or"}, if`;
    const bounds = clauseBounds(clause);
    const first = `${heading}: ${bounds.length === 0 ? "no condition at all" : bounds.join("; ")}.`;
    return isNeverValid(clause) ? [first, "Warning: this can never be used, it starts after it ends."] : [first];
  });
  return createsSubtokens && clauses.some(countsUses)
    ? [...lines, "Note: every mytoken made from this one gets the full number of uses again."]
    : lines;
}

function clauseBounds(clause: Clause): readonly string[] {
  const scopes = words(clause.scope);
  return [
    clause.nbf ? [`from ${toUtcText(clause.nbf)} UTC`] : [],
    clause.exp ? [`until ${toUtcText(clause.exp)} UTC`] : [],
    scopes.length > 0 ? [`for the scopes ${scopes.join(" ")}`] : [],
    listed("for the audiences", clause.audience),
    listed("by clients at", clause.hosts),
    listed("in the countries", clause.geoip_allow),
    listed("outside the countries", clause.geoip_disallow),
    limited(clause.usages_AT, "access token"),
    limited(clause.usages_other, "other use"),
  ].flat();
}

function listed(what: string, values: readonly string[] | undefined): readonly string[] {
  return values === undefined || values.length === 0 ? [] : [`${what} ${values.join(", ")}`];
}

function limited(limit: number | undefined, what: string): readonly string[] {
  if (limit === undefined) return [];
  if (limit === 0) return [`no ${what}s`];
  return [`at most ${limit} ${what}${limit === 1 ? "" : "s"}`];
}

function isNeverValid(clause: Clause): boolean {
  return Boolean(clause.exp) && (clause.nbf ?? 0) > (clause.exp ?? 0);
}

function countsUses(clause: Clause): boolean {
  return clause.usages_AT !== undefined || clause.usages_other !== undefined;
}
