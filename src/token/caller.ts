/** Whoever sends a request, as far as restrictions, history and the grace look at it. */
export interface Caller {
  /** IP address in text form, or `null` if unknown. */
  readonly address: string | null;
  /** ISO 3166 alpha-2 code as the edge reports it, or `null` if unknown. */
  readonly country: string | null;
  /** Raw `User-Agent`, capped; empty if absent. */
  readonly userAgent: string;
}
