/**
 * Revocation (DESIGN §5): the token's object checks who asks, the Grant's register ends the target and, if recursive,
 * everything below it, then the target's own object and the directory are marked. Complete when answered: the rest is
 * cleaning up by the Grant's alarm.
 */
import { nowSeconds } from "../../clock.ts";
import { markEnded } from "../../directory/tokens.ts";
import { done, refuse, type Result } from "../../errors.ts";
import { isMomId } from "../../token/ids.ts";
import type { OperationName } from "../../token/operations.ts";
import { setAlarm } from "../due.ts";
import type { RefreshTokenFate } from "../grant/revoke.ts";
import { within } from "../../time-limit.ts";
import type { MytokenContext } from "./context.ts";
import { endToken } from "./end.ts";
import { perform } from "./perform.ts";
import { prepare } from "./prepare.ts";
import { reserve, type UseRequest } from "./reserve.ts";
import type { IssuedToken } from "./rotate.ts";
import { isLive, readToken } from "./schema.ts";

/** `none`: the text was no current text of a live token, so nothing happened. */
export type Revocation = RefreshTokenFate | "none";

export interface RevokeOtherRequest extends UseRequest {
  /** The target; another token, or this one. */
  readonly momId: string;
  readonly recursive: boolean;
}

/** What an object tells of its family to a token that wants to revoke it. */
export interface FamilyPlace {
  readonly grantId: string;
  readonly owner: string;
}

/**
 * Ends this token by its own text (token-core §10.1). An outdated text changes nothing, unless its reuse ends the token;
 * within the grace it counts as current (DESIGN §8).
 */
export async function revokeSelf(
  object: MytokenContext,
  request: UseRequest,
  recursive: boolean,
): Promise<Result<Revocation>> {
  if (!readToken(object.storage.sql)) return done("none");
  const reserved = await reserve(object, request, "revocation", null);
  if (reserved.ok) return done(await endTarget(object, recursive, reserved.value.prepared.grantKey));
  const { reason } = reserved.refusal;
  const harmless = ["token_unknown", "token_ended", "token_outdated", "token_reused", "token_not_issued"];
  return harmless.includes(reason) ? done("none") : reserved;
}

/**
 * Ends another token by its `mom_id`, authorised by this one (token-core §10.2): an ancestor or the very token needs
 * nothing, any other token of the same user `manage_mytokens:revoke`.
 */
export async function revokeOther(
  object: MytokenContext,
  request: RevokeOtherRequest,
): Promise<Result<IssuedToken | null>> {
  const self = readToken(object.storage.sql);
  if (!self) return refuse({ reason: "token_unknown" });
  const target = object.mytoken(request.momId);
  // A text that cannot name a token must not name an object either.
  const place = isMomId(request.momId) ? await target.place() : null;
  const sameGrant = place !== null && place.grantId === self.grant_id;
  const below = sameGrant && (await object.grant(self.grant_id).isAncestor(self.mom_id, request.momId));
  const operation: OperationName = below ? "revocation_below" : "revocation_of_other";
  const comment = `mom_id: ${request.momId}`;
  const named = { purpose: "revocation", momId: request.momId } as const;
  const performed = await perform(object, request, { operation, comment }, async ({ prepared }) => {
    if (place?.owner !== self.owner) return refuse({ reason: "mom_id_not_yours", ...named });
    const grantKey = sameGrant ? prepared.grantKey : null;
    if (request.momId === self.mom_id) await endTarget(object, request.recursive, grantKey);
    else await target.end(request.recursive, grantKey);
    return done(null);
  });
  if (performed.ok) return done(performed.value.tokenUpdate);
  const missing = performed.refusal.reason === "insufficient_capabilities";
  return missing ? refuse({ reason: "mom_id_not_below", ...named }) : performed;
}

/** Where this token stands; `null` for a token that is unknown or has ended: nobody can tell the two apart. */
export function placeOf({ storage }: MytokenContext): FamilyPlace | null {
  const token = readToken(storage.sql);
  return isLive(token, nowSeconds()) ? { grantId: token.grant_id, owner: token.owner } : null;
}

/** Ends this token with all below it, on behalf of whoever has its text in hand: a code that leads to it is withdrawn. */
export async function endByText(object: MytokenContext, text: string): Promise<RefreshTokenFate> {
  const { grantKey } = await prepare(object.storage.sql, { form: "token", text });
  return endTarget(object, true, grantKey);
}

/** Ends this token: register, own state, directory. Idempotent. */
export async function endTarget(
  object: MytokenContext,
  recursive: boolean,
  grantKey: Uint8Array<ArrayBuffer> | null,
): Promise<RefreshTokenFate> {
  const { storage } = object;
  const token = readToken(storage.sql);
  if (!token) return "deleted";
  const fate = await object.grant(token.grant_id).revoke({ momId: token.mom_id, recursive, grantKey });
  const now = nowSeconds();
  // Its own alarm may have found that it is no member, and have emptied the object.
  if (readToken(storage.sql)) {
    storage.transactionSync(() => endToken(storage.sql, "revoked", now));
    await setAlarm(storage);
  }
  // Each token's own outbox repeats what fails or comes too late.
  const marked = markEnded(object.directory, token.mom_id, recursive, now);
  await within(object.config.directoryWaitMilliseconds, marked, undefined);
  return fate;
}
