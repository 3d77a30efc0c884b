/** The end of a grant: it closes when nobody in the family is alive, and gives and takes nothing from then on. */
import { logRefreshTokenDestroyed } from "../../log.ts";
import { makeDue } from "../due.ts";
import { hasMembers, revokeAllMembers } from "./register.ts";
import { readLogin } from "./schema.ts";

/** What a closed grant had sealed, for whoever can still open it. */
export interface ClosedGrant {
  readonly sealedRefreshToken: ArrayBuffer;
  readonly version: number;
}

/**
 * Closes the grant: ends every member, deletes the ciphertext. Returns the ciphertext once, so that a request that can
 * open it may revoke the refresh token at the provider; `null` if it was closed before. Synchronous.
 */
export function closeGrant(storage: DurableObjectStorage, now: number): ClosedGrant | null {
  const login = readLogin(storage.sql);
  if (!login || login.closed !== null) return null;
  revokeAllMembers(storage.sql, now);
  storage.sql.exec("UPDATE login SET closed = ?, sealed_refresh_token = NULL", now);
  makeDue(storage.sql, "tell", now);
  makeDue(storage.sql, "prune", now);
  if (!login.sealed_refresh_token) return null;
  return { sealedRefreshToken: login.sealed_refresh_token, version: login.refresh_token_version };
}

/** Closes the grant if nobody is alive or being made. */
export function closeIfEmpty(storage: DurableObjectStorage, now: number): ClosedGrant | null {
  return hasMembers(storage.sql) ? null : closeGrant(storage, now);
}

/** Closes the grant where nobody can open its refresh token: it is destroyed here and stays valid at the provider. */
export function destroyGrant(storage: DurableObjectStorage, now: number): void {
  if (closeGrant(storage, now)) logRefreshTokenDestroyed(readLogin(storage.sql)?.issuer ?? "");
}

/** `destroyGrant` if nobody is alive or being made. */
export function destroyIfEmpty(storage: DurableObjectStorage, now: number): void {
  if (!hasMembers(storage.sql)) destroyGrant(storage, now);
}
