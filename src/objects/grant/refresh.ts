/**
 * Hop 2 of the exchange (DESIGN §4): the only place where the refresh token is used. Durable after each step:
 * before the provider answers, nothing new; once it answered with a new refresh token, that token, stored and synced
 * before the answer is judged. A crash between the two loses a rotated token: the window that remains.
 */
import type { Config } from "../../config.ts";
import { nowSeconds } from "../../clock.ts";
import { utf8, utf8Text } from "../../crypto/encoding.ts";
import { open, seal } from "../../crypto/seal.ts";
import { type RefreshAnswer, requestRefresh } from "../../provider/refresh.ts";
import { revokeAtProvider } from "../../provider/revoke.ts";
import type { ProviderSettings } from "../../provider/settings.ts";
import { setAlarm } from "../due.ts";
import { destroyGrant } from "./close.ts";
import { endpointsAreOld } from "./endpoints.ts";
import type { Waiter } from "./queue.ts";
import { memberState } from "./register.ts";
import { type LoginRow, readLogin, readStanding, refreshTokenPurpose, type Standing } from "./schema.ts";

/** What a member asks for. Lists may be empty: then the parameter is not sent. */
export interface RefreshRequest {
  readonly momId: string;
  /** 32 bytes, unwrapped by the member's text. */
  readonly grantKey: Uint8Array<ArrayBuffer>;
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
}

/** The provider's three answers, and what may come before one. */
export type RefreshOutcome =
  | RefreshAnswer
  /** The turn did not come in time; nothing was sent. */
  | { readonly outcome: "busy" }
  /** The member ended before or while the provider was asked. */
  | { readonly outcome: "revoked" };

/** What a turn needs of its object. */
export interface GrantContext {
  readonly storage: DurableObjectStorage;
  readonly config: Config;
  readonly memory: GrantMemory;
}

/** What the object remembers of its storage. */
export interface GrantMemory {
  /** As it was read once, and perhaps older than what is stored. For opening only: `lookAt` decides what is sent. */
  login: LoginRow | null;
}

const CANNOT_OPEN: RefreshOutcome = {
  outcome: "unknown",
  why: "unusable",
  detail: "the refresh token cannot be opened",
};

/** A request and the provider of its login. */
export interface AskedRefresh extends RefreshRequest {
  readonly provider: ProviderSettings;
}

type RefreshWaiter = Waiter<AskedRefresh, RefreshOutcome>;

/**
 * Serves all waiters of one turn by one refresh; each is looked at when it starts and again when the answer is in. True
 * if it is time to look at the provider's metadata again.
 */
export async function refreshTurn(
  grant: GrantContext,
  waiters: readonly RefreshWaiter[],
  begun: () => AbortSignal,
): Promise<boolean> {
  const { refreshToken, login, alive } = await openRefreshToken(grant, waiters);
  const [first] = alive;
  if (login === null || !first) return false;
  if (refreshToken === null) {
    settleAll(alive, CANNOT_OPEN);
    return false;
  }
  const answer = await askProvider(grant, { refreshToken, login }, first.request, begun());
  const seen = lookAt(grant, alive);
  const hasEnded = noteInvalidGrant(grant, seen.standing, answer);
  settleAll(seen.alive, hasEnded ? REVOKED : answer);
  if (hasEnded) await setAlarm(grant.storage);
  return !hasEnded && endpointsAreOld(seen.standing, answer);
}

const REVOKED: RefreshOutcome = { outcome: "revoked" };

function settleAll(waiters: readonly RefreshWaiter[], answer: RefreshOutcome): void {
  for (const waiter of waiters) waiter.settle({ kind: "answered", answer });
}

interface Seen {
  /** Of the login and the first waiter, as it is stored now. */
  readonly standing: Standing | null;
  readonly alive: readonly RefreshWaiter[];
}

/** Looks at the login and its waiters, synchronously, and tells those that are not alive (any more) so. */
function lookAt({ storage: { sql } }: GrantContext, waiters: readonly RefreshWaiter[]): Seen {
  const firstId = waiters[0]?.request.momId ?? "";
  const standing = readStanding(sql, firstId);
  const alive = waiters.filter((waiter) => {
    const { momId } = waiter.request;
    const lives =
      standing?.closed === null && (momId === firstId ? standing.state : memberState(sql, momId)) === "live";
    if (!lives) waiter.settle({ kind: "answered", answer: REVOKED });
    return lives;
  });
  return { standing, alive };
}

interface Opened {
  /** With everything that changes as it is stored now, but for the sealed refresh token, which was opened. */
  readonly login: LoginRow | null;
  readonly alive: readonly RefreshWaiter[];
  /** `null` if it cannot be opened. */
  readonly refreshToken: string | null;
}

/** Opens the refresh token. The login is looked at after the await, and what was opened is what is stored then. */
async function openRefreshToken(grant: GrantContext, waiters: readonly RefreshWaiter[]): Promise<Opened> {
  // All members hold the same key, the dead as well.
  const key = waiters[0]?.request.grantKey;
  for (;;) {
    const login = (grant.memory.login ??= readLogin(grant.storage.sql));
    const plain = key && login?.sealed_refresh_token ? await opened(key, login, login.sealed_refresh_token) : null;
    const { standing, alive } = lookAt(grant, waiters);
    if (standing?.refresh_token_version === login?.refresh_token_version) {
      return { refreshToken: plain && utf8Text(plain), login: login && standing && { ...login, ...standing }, alive };
    }
    grant.memory.login = null;
  }
}

function opened(key: Uint8Array<ArrayBuffer>, login: LoginRow, sealed: ArrayBuffer) {
  return open(key, new Uint8Array(sealed), refreshTokenPurpose(login.grant_id, login.refresh_token_version));
}

async function askProvider(
  grant: GrantContext,
  { refreshToken, login }: { readonly refreshToken: string; readonly login: LoginRow },
  request: AskedRefresh,
  signal: AbortSignal,
): Promise<RefreshAnswer> {
  const { provider } = request;
  const ask = async (): Promise<RefreshAnswer> => {
    const reply = await requestRefresh({
      provider,
      tokenEndpoint: login.token_endpoint,
      refreshToken,
      subject: login.oidc_sub,
      scopes: request.scopes,
      audiences: request.audiences,
      signal,
    });
    if (reply.newRefreshToken !== null) {
      await storeRefreshToken(grant, provider, login, request.grantKey, reply.newRefreshToken);
    }
    return reply.judge();
  };
  const answer = await ask();
  const cut = answer.outcome === "unknown" && answer.why === "cut";
  // Only where the provider never rotates is the same refresh token good for a second try (DESIGN §4).
  return cut && provider.refresh_token_rotation === "never" ? ask() : answer;
}

/** Compare-and-set on the version that was sent; a closed grant takes nothing, its fresh token is revoked. */
async function storeRefreshToken(
  grant: GrantContext,
  provider: ProviderSettings,
  sent: LoginRow,
  grantKey: Uint8Array<ArrayBuffer>,
  refreshToken: string,
): Promise<void> {
  const version = sent.refresh_token_version + 1;
  const sealed = await seal(grantKey, utf8(refreshToken), refreshTokenPurpose(sent.grant_id, version));
  const present = readLogin(grant.storage.sql);
  if (present === null || present.closed !== null) {
    await revokeAtProvider(provider, sent.revocation_endpoint, refreshToken);
    return;
  }
  grant.storage.sql.exec(
    `UPDATE login SET sealed_refresh_token = ?, refresh_token_version = ?
     WHERE refresh_token_version = ? AND closed IS NULL`,
    sealed.buffer,
    version,
    sent.refresh_token_version,
  );
  grant.memory.login = null;
  // Now durable: the new refresh token. Writes are coalesced until the next await; a reset in this turn would undo it.
  await grant.storage.sync();
}

/**
 * Dates the first `invalid_grant` of an unbroken series; a series as long as the retention ends the grant and everybody
 * in it. True if it did: then the alarm must be set. `login` was just read.
 */
function noteInvalidGrant({ storage, config }: GrantContext, login: Standing | null, answer: RefreshAnswer): boolean {
  if (!login || login.closed !== null) return false;
  const now = nowSeconds();
  if (answer.outcome === "granted" && login.invalid_grant_since !== null) {
    storage.sql.exec("UPDATE login SET invalid_grant_since = NULL");
  }
  if (answer.outcome !== "refused" || answer.error !== "invalid_grant") return false;
  if (login.invalid_grant_since === null) storage.sql.exec("UPDATE login SET invalid_grant_since = ?", now);
  else if (now - login.invalid_grant_since >= config.retentionSeconds) {
    destroyGrant(storage, now);
    return true;
  }
  return false;
}
