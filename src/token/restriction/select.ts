/** Which clause permits a use: the first one that does, in list order, and it is the one to charge (semantics §1.4, §1.8, §1.9). */
import type { Clause, ClauseKey } from "../clause.ts";
import { parseAddress, type Address } from "./address.ts";
import { isCountryAllowed, isCountryBlocked } from "./country.ts";
import { matchesHosts } from "./hosts.ts";
import { words } from "./values.ts";

/** Uses that a clause has had; no record is zero of both. */
export interface ClauseUsage {
  readonly AT: number;
  readonly other: number;
}

export interface ClauseUse {
  /** Those of the token, in order. */
  readonly clauses: readonly Clause[];
  /** What is counted: an access token, or anything else. */
  readonly kind: "AT" | "other";
  /** Seconds. */
  readonly now: number;
  /** The client's address as text; `null` if unknown, which no `hosts` admits. */
  readonly address: string | null;
  /** ISO 3166 alpha-2; `null` if unknown, which no `geoip_allow` admits. */
  readonly country: string | null;
  /** Forward-confirmed, absolute; `null` or empty: there are none; absent: nobody has looked yet. */
  readonly reverseNames?: readonly string[] | null | undefined;
  /** Asked only about clauses with a limit of this kind. */
  readonly usageOf: (clause: Clause) => ClauseUsage;
  /** Requested values without blanks; empty: none requested. They count for access tokens only. */
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
}

export type Selection =
  /** `clause` and `index` are `null` for a token without restrictions. */
  | { readonly fit: true; readonly clause: Clause | null; readonly index: number | null }
  /** `why` is the check after which no clause was left, `evidence` the first clause that came so far. */
  | { readonly fit: false; readonly why: ClauseKey; readonly evidence: Evidence }
  /** The first clause that may fit does so only if the client has a certain name: look, and judge from the start. */
  | { readonly fit: "undecided"; readonly needs: "reverse-names" };

/** For the log, never for the client. */
export interface Evidence {
  readonly index: number;
  readonly allowed: number | string | readonly string[];
  readonly found: number | string | readonly string[] | null;
}

/** The order in which the checks thin out the list (token-core §5.5). */
const CHECKS = [
  "nbf",
  "exp",
  "hosts",
  "geoip_disallow",
  "geoip_allow",
  "usages_AT",
  "usages_other",
  "scope",
  "audience",
] as const satisfies readonly ClauseKey[];

type Check = (typeof CHECKS)[number];

/** What the use brought along for each check. */
const FOUND: Readonly<Record<Check, (use: ClauseUse, clause: Clause) => Evidence["found"]>> = {
  nbf: (use) => use.now,
  exp: (use) => use.now,
  hosts: (use) => use.address,
  geoip_disallow: (use) => use.country,
  geoip_allow: (use) => use.country,
  usages_AT: (use, clause) => use.usageOf(clause).AT,
  usages_other: (use, clause) => use.usageOf(clause).other,
  scope: (use) => use.scopes,
  audience: (use) => use.audiences,
};

export function selectClause(use: ClauseUse): Selection {
  const { clauses } = use;
  if (clauses.length === 0) return { fit: true, clause: null, index: null };
  const address = use.address !== null && clauses.some((clause) => clause.hosts) ? parseAddress(use.address) : null;
  let furthest = -1;
  let last = 0;
  for (const [index, clause] of clauses.entries()) {
    const failed = failedCheck(clause, use, address);
    if (failed === null) return { fit: true, clause, index };
    if (failed === "reverse-names") return { fit: "undecided", needs: "reverse-names" };
    const reached = CHECKS.indexOf(failed);
    if (reached > furthest) [furthest, last] = [reached, index];
  }
  const why = CHECKS[furthest] ?? "nbf";
  const clause = clauses[last] ?? {};
  return { fit: false, why, evidence: { index: last, allowed: clause[why] ?? [], found: FOUND[why](use, clause) } };
}

/** The first check that the use does not pass; `reverse-names` if it passes all, but `hosts` only by a name. */
function failedCheck(clause: Clause, use: ClauseUse, address: Address | null): Check | "reverse-names" | null {
  if (clause.nbf && use.now < clause.nbf) return "nbf";
  if (clause.exp && use.now > clause.exp) return "exp";
  const here = clause.hosts?.length ? matchesHosts(clause.hosts, address, use.reverseNames) : true;
  if (here === false) return "hosts";
  if (clause.geoip_disallow && isCountryBlocked(clause.geoip_disallow, use.country)) return "geoip_disallow";
  if (clause.geoip_allow && !isCountryAllowed(clause.geoip_allow, use.country)) return "geoip_allow";
  const limit = use.kind === "AT" ? clause.usages_AT : clause.usages_other;
  if (limit !== undefined && use.usageOf(clause)[use.kind] >= limit) return `usages_${use.kind}`;
  if (use.kind === "AT") {
    if (clause.scope && use.scopes.length > 0 && !holdsAll(words(clause.scope), use.scopes)) return "scope";
    if (clause.audience?.length && !holdsAll(clause.audience, use.audiences)) return "audience";
  }
  return here === undefined ? "reverse-names" : null;
}

function holdsAll(allowed: readonly string[], requested: readonly string[]): boolean {
  return requested.every((value) => allowed.includes(value));
}
