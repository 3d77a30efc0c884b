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
import { withTimeLimit } from "../../time-limit.ts";
import { setAlarm } from "../due.ts";
import { destroyGrant } from "./close.ts";
import type { Waiter } from "./queue.ts";
import { memberState } from "./register.ts";
import { type LoginRow, readLogin, refreshTokenPurpose } from "./schema.ts";

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
}

const CANNOT_OPEN: RefreshOutcome = {
  outcome: "unknown",
  why: "unusable",
  detail: "the refresh token cannot be opened",
};

type RefreshWaiter = Waiter<RefreshRequest, RefreshOutcome>;

/** Serves all waiters of one turn by one refresh; each is looked at when it starts and again when the answer is in. */
export async function refreshTurn(
  grant: GrantContext,
  provider: ProviderSettings,
  waiters: readonly RefreshWaiter[],
  begun: () => void,
): Promise<void> {
  const opened = await openRefreshToken(grant, dropDead(grant, waiters));
  if (opened === null) {
    for (const waiter of dropDead(grant, waiters)) {
      waiter.settle({ kind: "answered", answer: CANNOT_OPEN });
    }
    return;
  }
  const alive = dropDead(grant, waiters);
  const first = alive[0];
  if (!first) return;
  begun();
  const answer = await askProvider(grant, provider, opened, first.request);
  await noteInvalidGrant(grant, answer);
  for (const waiter of dropDead(grant, alive)) waiter.settle({ kind: "answered", answer });
}

/** Tells the waiters that are not alive (any more) so, synchronously; returns the others. */
function dropDead(grant: GrantContext, waiters: readonly RefreshWaiter[]): readonly RefreshWaiter[] {
  const login = readLogin(grant.storage.sql);
  return waiters.filter((waiter) => {
    const lives =
      login !== null && login.closed === null && memberState(grant.storage.sql, waiter.request.momId) === "live";
    if (!lives) waiter.settle({ kind: "answered", answer: { outcome: "revoked" } });
    return lives;
  });
}

interface OpenedToken {
  readonly refreshToken: string;
  readonly login: LoginRow;
}

/** Opens the stored refresh token. It is read again after the await: a turn must send the version that is stored. */
async function openRefreshToken(grant: GrantContext, waiters: readonly RefreshWaiter[]): Promise<OpenedToken | null> {
  const key = waiters[0]?.request.grantKey;
  for (;;) {
    const login = readLogin(grant.storage.sql);
    if (!key || !login?.sealed_refresh_token) return null;
    const purpose = refreshTokenPurpose(login.grant_id, login.refresh_token_version);
    const plain = await open(key, new Uint8Array(login.sealed_refresh_token), purpose);
    if (plain === null) return null;
    const present = readLogin(grant.storage.sql);
    if (present?.refresh_token_version === login.refresh_token_version) {
      return { refreshToken: utf8Text(plain), login: present };
    }
  }
}

async function askProvider(
  grant: GrantContext,
  provider: ProviderSettings,
  { refreshToken, login }: OpenedToken,
  request: RefreshRequest,
): Promise<RefreshAnswer> {
  const ask = async (): Promise<RefreshAnswer> => {
    const reply = await withTimeLimit(grant.config.providerLimitSeconds * 1000, (signal) =>
      requestRefresh({
        provider,
        tokenEndpoint: login.token_endpoint,
        refreshToken,
        subject: login.oidc_sub,
        scopes: request.scopes,
        audiences: request.audiences,
        signal,
      }),
    );
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
  // Now durable: the new refresh token. Writes are coalesced until the next await; a reset in this turn would undo it.
  await grant.storage.sync();
}

/** Dates the first `invalid_grant` of an unbroken series; a series as long as the retention ends the grant. */
async function noteInvalidGrant(grant: GrantContext, answer: RefreshAnswer): Promise<void> {
  const login = readLogin(grant.storage.sql);
  if (!login || login.closed !== null) return;
  const now = nowSeconds();
  if (answer.outcome === "granted" && login.invalid_grant_since !== null) {
    grant.storage.sql.exec("UPDATE login SET invalid_grant_since = NULL");
  }
  if (answer.outcome !== "refused" || answer.error !== "invalid_grant") return;
  if (login.invalid_grant_since === null) grant.storage.sql.exec("UPDATE login SET invalid_grant_since = ?", now);
  else if (now - login.invalid_grant_since >= grant.config.retentionSeconds) {
    destroyGrant(grant.storage, now);
    await setAlarm(grant.storage);
  }
}
