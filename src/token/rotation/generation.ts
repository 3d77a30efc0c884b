/** The generations of a rotating mytoken: when the next one comes, what it carries, which one counts (semantics §4). */
import { OPERATIONS, type OperationName } from "../operations.ts";
import type { Rotation } from "../rotation.ts";

/** Whether a successful operation gives the token a successor. `restricted`: the token has at least one clause. */
export function rotatesAfter(rotation: Rotation | undefined, operation: OperationName, restricted: boolean): boolean {
  const member = OPERATIONS[operation].rotation;
  if (member === null || rotation === undefined) return false;
  if (member === "on_other_if_restricted") return restricted && rotation.on_other === true;
  return rotation[member] === true;
}

/** The claims that tell one generation from the next. */
interface GenerationClaims {
  readonly seq_no: number;
  readonly iat: number;
  readonly nbf: number;
  readonly exp?: number;
  readonly rotation?: Rotation;
}

/**
 * The claims of the successor made `now` (whole seconds). `restrictionsExpiry` is the `exp` that the clauses alone
 * give: the first generation carries just that, a successor the earlier of it and its own lifetime (Q35, Q36).
 */
export function successorClaims<Claims extends GenerationClaims>(
  claims: Claims,
  restrictionsExpiry: number | undefined,
  now: number,
): Claims {
  const successor = { ...claims, seq_no: claims.seq_no + 1, iat: now, nbf: now };
  const exp = generationDeadline(restrictionsExpiry, claims.rotation, now);
  return exp === undefined ? successor : { ...successor, exp };
}

/**
 * The last second of the generation that began at `since` (creation or last rotation): the earlier of `expiry` and
 * the end of `rotation.lifetime`; `undefined` if it has none.
 */
export function generationDeadline(
  expiry: number | undefined,
  rotation: Rotation | undefined,
  since: number,
): number | undefined {
  const lifetime = rotation?.lifetime ?? 0;
  if (lifetime === 0) return expiry;
  return Math.min(expiry ?? Infinity, since + lifetime);
}

/** What a presented `seq_no` means beside the stored one (semantics §4.4, DESIGN §4). */
export type Standing =
  | { readonly standing: "current" }
  /** Past its deadline. Never reuse, whatever its number: it died of age (Q35). */
  | { readonly standing: "expired" }
  /** Replaced: reuse, unless the grace admits it; `revokesFamily` if reuse ends the token and everything below. */
  | { readonly standing: "outdated"; readonly revokesFamily: boolean }
  /** Never issued, as after a store went back in time: refused, and never reuse (DESIGN §8). */
  | { readonly standing: "ahead" };

/** Where a generation stands `now`. `record.since` is its creation or last rotation, `record.expiry` the token's `exp`. */
export function standingOf(
  presentedSeqNo: number,
  record: { readonly seqNo: number; readonly since: number; readonly expiry?: number; readonly rotation?: Rotation },
  now: number,
): Standing {
  const deadline = generationDeadline(record.expiry, record.rotation, record.since);
  if (deadline !== undefined && now > deadline) return { standing: "expired" };
  if (presentedSeqNo > record.seqNo) return { standing: "ahead" };
  if (presentedSeqNo === record.seqNo) return { standing: "current" };
  return { standing: "outdated", revokesFamily: record.rotation?.auto_revoke === true };
}
