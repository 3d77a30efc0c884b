/**
 * The judge: whether a presented token may be used now, for this. One ordered list of refusals (DESIGN §4), evaluated
 * inside the token's object, in the transaction that reserves the use.
 */
import type { Refusal } from "../errors.ts";
import type { Caller } from "./caller.ts";
import type { Clause } from "./clause.ts";
import { networkOf } from "./network.ts";
import { BEFORE_ITS_TIME, mayPerform, OPERATIONS, type OperationName } from "./operations.ts";
import { type ClauseUsage, selectClause } from "./restriction/select.ts";
import type { Rotation } from "./rotation.ts";
import { standingOf } from "./rotation/generation.ts";

/** What the object stores of the token, as far as it is judged. */
export interface JudgedToken {
  readonly state: "live" | "ended";
  readonly ended_by: "revoked" | "expired" | "reused" | null;
  readonly seq_no: number;
  readonly last_rotated: number;
  readonly text_hash: string;
  readonly not_before: number;
  /** Deadline of this generation, seconds; null is never. */
  readonly expires: number | null;
  readonly capabilities: readonly string[];
  readonly restrictions: readonly Clause[];
  readonly rotation: Rotation | null;
  readonly oidc_iss: string;
  readonly predecessor_hash: string | null;
  readonly predecessor_until: number | null;
  readonly predecessor_caller: string | null;
  /** Whether the successor is still sealed: it has never been presented. */
  readonly successorSealed: boolean;
}

/** The text that was presented. A short token whose secret is not known here was once ours: `seqNo` 0 and no hash. */
export interface PresentedText {
  readonly seqNo: number;
  readonly hash: string | null;
}

/** What the token is to be used for. */
export interface Use {
  readonly operation: OperationName;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  /** The provider that the caller expects, if it said so. */
  readonly issuer?: string;
  readonly providerKnown: boolean;
  readonly caller: Caller;
  /** Forward-confirmed reverse names of the caller's address; absent while nobody looked. */
  readonly reverseNames?: readonly string[];
}

export type Verdict =
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** An outdated text was presented; with `auto_revoke` the token and all below it end. */
  | { readonly kind: "reused"; readonly autoRevoke: boolean }
  /** A clause turns on the caller's host name: look it up and judge again. */
  | { readonly kind: "needs_reverse_names" }
  /** The first fitting clause (`null` if there are none at all). `repeat`: the immediate predecessor, within the grace. */
  | { readonly kind: "fit"; readonly clause: Clause | null; readonly repeat: boolean };

/** Tolerance for `nbf` of the token itself; none on `exp` or on clauses (DESIGN §6). */
const NOT_BEFORE_TOLERANCE_SECONDS = 5;

/** Judges one use at `now`; `usageOf` reads the counters of a clause. Pure. */
export function judge(
  token: JudgedToken | null,
  presented: PresentedText,
  use: Use,
  now: number,
  usageOf: (clause: Clause) => ClauseUsage,
): Verdict {
  if (token === null) return refused({ reason: "token_unknown" });
  if (token.state === "ended") {
    return refused({ reason: "token_ended", how: token.ended_by === "expired" ? "expired" : "revoked" });
  }
  const standing = standingOf(presented.seqNo, recordOf(token), now);
  if (standing.standing === "expired") return refused({ reason: "token_ended", how: "expired" });
  if (!BEFORE_ITS_TIME.includes(use.operation) && token.not_before > now + NOT_BEFORE_TOLERANCE_SECONDS) {
    return refused({ reason: "token_not_yet_valid" });
  }

  const repeat = isRepeat(token, presented, use.caller, now);
  if (!repeat && standing.standing === "outdated") return { kind: "reused", autoRevoke: standing.revokesFamily };
  if (!repeat && presented.hash !== token.text_hash) return refused({ reason: "token_not_issued" });

  if (!mayPerform(token.capabilities, use.operation)) {
    return refused({ reason: "insufficient_capabilities", capability: OPERATIONS[use.operation].capability ?? "" });
  }
  const { restrictionCheck } = OPERATIONS[use.operation];
  const selection =
    restrictionCheck === null
      ? ({ fit: true, clause: null } as const)
      : selectClause({ clauses: token.restrictions, kind: restrictionCheck, now, usageOf, ...use, ...use.caller });
  if (selection.fit === "undecided") return { kind: "needs_reverse_names" };
  if (!selection.fit) return refused({ reason: "usage_restricted", why: selection.why });

  if (use.issuer !== undefined && use.issuer !== token.oidc_iss) return refused({ reason: "token_not_for_issuer" });
  if (!use.providerKnown) return refused({ reason: "unsupported_issuer" });
  return { kind: "fit", clause: selection.clause, repeat };
}

/** Who may repeat a rotation whose answer was lost: the same network and user agent (DESIGN §5, Rotation). */
export function graceCaller(caller: Caller): string {
  return `${networkOf(caller.address)}\n${caller.userAgent}`;
}

function recordOf(token: JudgedToken) {
  return {
    seqNo: token.seq_no,
    since: token.last_rotated,
    ...(token.expires === null ? {} : { expiry: token.expires }),
    ...(token.rotation === null ? {} : { rotation: token.rotation }),
  };
}

function isRepeat(token: JudgedToken, presented: PresentedText, caller: Caller, now: number): boolean {
  return (
    presented.hash !== null &&
    presented.hash === token.predecessor_hash &&
    presented.seqNo === token.seq_no - 1 &&
    token.successorSealed &&
    token.predecessor_until !== null &&
    now <= token.predecessor_until &&
    token.predecessor_caller === graceCaller(caller)
  );
}

function refused(refusal: Refusal): Verdict {
  return { kind: "refused", refusal };
}
