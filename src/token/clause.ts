/** One entry of `restrictions` as it stands in tokens and answers (semantics §1.1). Absent means "no bound of this kind". */
export interface Clause {
  /** Not usable before; whole seconds since the epoch. */
  readonly nbf?: number;
  /** Not usable after; whole seconds since the epoch. */
  readonly exp?: number;
  /** Allowed scope values, separated by blanks. */
  readonly scope?: string;
  readonly audience?: readonly string[];
  /** Addresses, CIDR networks, host names, `*`-prefixed host patterns. */
  readonly hosts?: readonly string[];
  /** ISO 3166 alpha-2 codes, compared without regard to letter case. */
  readonly geoip_allow?: readonly string[];
  readonly geoip_disallow?: readonly string[];
  /** Access tokens that may be handed out; 0 is never, absent is unlimited. */
  readonly usages_AT?: number;
  /** Other uses; 0 is never, absent is unlimited. */
  readonly usages_other?: number;
}

/** The keys of a clause in the order of semantics §1.1: the order of tokens, answers and the digest. */
export const CLAUSE_KEYS = [
  "nbf",
  "exp",
  "scope",
  "audience",
  "hosts",
  "geoip_allow",
  "geoip_disallow",
  "usages_AT",
  "usages_other",
] as const satisfies readonly (keyof Clause)[];

export type ClauseKey = (typeof CLAUSE_KEYS)[number];
