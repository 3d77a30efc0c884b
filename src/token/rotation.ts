/** When a mytoken gets a successor (semantics §4.1). False and 0 are omitted; `{}` is a rotation with nothing set. */
export interface Rotation {
  readonly on_AT?: boolean;
  readonly on_other?: boolean;
  /** Seconds for which one generation lives; absent or 0 is unlimited. */
  readonly lifetime?: number;
  /** Whether reuse of an outdated generation revokes the token and everything below it. */
  readonly auto_revoke?: boolean;
}
