/**
 * Revocation in the register, and what follows when it empties (DESIGN §5): one synchronous UPDATE, after which no use
 * that starts later succeeds. Telling the members is cleaning up, done by alarm.
 */
import { nowSeconds } from "../../clock.ts";
import { utf8Text } from "../../crypto/encoding.ts";
import { open } from "../../crypto/seal.ts";
import { revokeAtProvider } from "../../provider/revoke.ts";
import { logRefreshTokenDestroyed } from "../../log.ts";
import { makeDue, setAlarm } from "../due.ts";
import { type ClosedGrant, closeIfEmpty } from "./close.ts";
import type { GrantContext } from "./refresh.ts";
import { revokeMembers } from "./register.ts";
import { readLogin, refreshTokenPurpose } from "./schema.ts";

export interface RevokeRequest {
  readonly momId: string;
  /** With everything below it. */
  readonly recursive: boolean;
  /** Of the token that asks, if it is of this grant: it can open the refresh token to revoke it at the provider. */
  readonly grantKey: Uint8Array<ArrayBuffer> | null;
}

/** What became of the refresh token: `kept` while members live; else deleted here, and at the provider if it said so. */
export type RefreshTokenFate = "kept" | "deleted" | "revoked_at_provider";

/** Ends a member, and with `recursive` all below it. Idempotent: what is dead stays dead. */
export async function revokeInFamily(grant: GrantContext, request: RevokeRequest): Promise<RefreshTokenFate> {
  const now = nowSeconds();
  const { storage } = grant;
  if (!readLogin(storage.sql)) return "deleted";
  const closed = storage.transactionSync(() => {
    if (revokeMembers(storage.sql, request.momId, request.recursive, now) === 0) return null;
    makeDue(storage.sql, "tell", now);
    return closeIfEmpty(storage, now);
  });
  await setAlarm(storage);
  // Now durable: nobody that was revoked is alive. A crash here leaves members to be told, which the alarm does.
  if (closed === null) return readLogin(storage.sql)?.closed === null ? "kept" : "deleted";
  const revoked = request.grantKey !== null && (await revokeRefreshToken(grant, closed, request.grantKey));
  if (revoked) return "revoked_at_provider";
  logRefreshTokenDestroyed(readLogin(storage.sql)?.issuer ?? "");
  return "deleted";
}

/** Revokes the refresh token of a grant that just closed (RFC 7009); false if it cannot be opened or was not answered. */
export async function revokeRefreshToken(
  grant: GrantContext,
  closed: ClosedGrant,
  grantKey: Uint8Array<ArrayBuffer>,
): Promise<boolean> {
  const login = readLogin(grant.storage.sql);
  const settings = grant.config.providers.find((provider) => provider.issuer === login?.issuer);
  if (!login || !settings) return false;
  const purpose = refreshTokenPurpose(login.grant_id, closed.version);
  const plain = await open(grantKey, new Uint8Array(closed.sealedRefreshToken), purpose);
  if (plain === null) return false;
  return revokeAtProvider(settings, login.revocation_endpoint, utf8Text(plain));
}
