/** One OIDC login, shared by a token family: its refresh token, and who in the family is alive. */
import { DurableObject } from "cloudflare:workers";
import { configOf } from "../../config/parse.ts";
import { nowSeconds } from "../../clock.ts";
import type { RefreshAnswer } from "../../provider/refresh.ts";
import { makeDue, runDue, setAlarm } from "../due.ts";
import { completed } from "../tables.ts";
import { dueHandlers } from "./alarm.ts";
import { destroyGrant, destroyIfEmpty } from "./close.ts";
import { endpointsAreOld, refreshEndpoints } from "./endpoints.ts";
import { openGrant, type OpenRequest } from "./open.ts";
import { RefreshQueue } from "./queue.ts";
import {
  type AskedRefresh,
  type GrantContext,
  type GrantMemory,
  type RefreshOutcome,
  type RefreshRequest,
  refreshTurn,
} from "./refresh.ts";
import { confirmMember, descendants, descendantsAmong, isAncestor, joinMember, leaveMember } from "./register.ts";
import { type RefreshTokenFate, revokeInFamily, type RevokeRequest } from "./revoke.ts";
import { GRANT_TABLES, readLogin, readStanding } from "./schema.ts";

/** Refreshes at once where the provider is configured never to rotate; a limit of the platform on waiting fetches. */
const PARALLEL_WITHOUT_ROTATION = 6;

const NO_ANSWER: RefreshAnswer = { outcome: "unknown", why: "timeout", detail: "the provider did not answer in time" };

export class Grant extends DurableObject<Env> {
  /** Its tables are those of this code (docs/decisions/0009). */
  readonly #storage = completed(this.ctx.storage, GRANT_TABLES);

  readonly #queue = new RefreshQueue<AskedRefresh, RefreshOutcome>(async (waiters, begun) => {
    const grant = this.#context();
    const provider = waiters[0]?.request.provider;
    const areOld = await refreshTurn(grant, waiters, begun);
    if (areOld && provider) this.ctx.waitUntil(refreshEndpoints(grant, provider));
  });

  readonly #memory: GrantMemory = { login: null };

  async open(request: OpenRequest): Promise<void> {
    await openGrant(this.#storage(), request, nowSeconds(), this.#context().config.joinTimeoutSeconds);
  }

  /** Step 1 of creation; idempotent; false if the grant or the parent is not alive. */
  async join(momId: string, parent: string | null): Promise<boolean> {
    const storage = this.#storage();
    const now = nowSeconds();
    const login = readLogin(storage.sql);
    if (!login || login.closed !== null || !joinMember(storage.sql, momId, parent, now)) return false;
    makeDue(storage.sql, "joining", now + this.#context().config.joinTimeoutSeconds);
    await setAlarm(storage);
    return true;
  }

  /** Step 3 of creation: `joining` becomes `live`; false from any other state. */
  confirm(momId: string): boolean {
    const login = readLogin(this.#storage().sql);
    return login !== null && login.closed === null && confirmMember(this.#storage().sql, momId, nowSeconds());
  }

  /** Whether a member is alive. */
  isAlive(momId: string): boolean {
    const standing = readStanding(this.#storage().sql, momId);
    return standing?.closed === null && standing.state === "live";
  }

  /** Whether `ancestor` is `momId` or stands above it. */
  isAncestor(ancestor: string, momId: string): boolean {
    return readLogin(this.#storage().sql) !== null && isAncestor(this.#storage().sql, ancestor, momId);
  }

  /** Those of `momIds` that are `ancestor` or stand below it. */
  descendantsAmong(ancestor: string, momIds: readonly string[]): readonly string[] {
    const { sql } = this.#storage();
    return readLogin(sql) === null ? [] : descendantsAmong(sql, ancestor, momIds);
  }

  /** The living below a member, at most `limit`. */
  descendants(momId: string, limit: number): readonly string[] {
    const { sql } = this.#storage();
    return readLogin(sql) === null ? [] : descendants(sql, momId, limit);
  }

  /** A member that expired leaves by itself. */
  async leave(momId: string): Promise<void> {
    const storage = this.#storage();
    if (!readLogin(storage.sql)) return;
    const now = nowSeconds();
    leaveMember(storage.sql, momId, now);
    makeDue(storage.sql, "prune", now + this.#context().config.retentionSeconds);
    destroyIfEmpty(storage, now);
    await setAlarm(storage);
  }

  /** The login was never collected, or crashed: everybody in the family ends. */
  async abandon(): Promise<void> {
    destroyGrant(this.#storage(), nowSeconds());
    if (readLogin(this.#storage().sql)) await setAlarm(this.#storage());
  }

  revoke(request: RevokeRequest): Promise<RefreshTokenFate> {
    return this.#kept(revokeInFamily(this.#context(), request));
  }

  /** An access token of the provider for a live member; waits for its turn, and for the provider, within limits. */
  async refresh(request: RefreshRequest): Promise<RefreshOutcome> {
    const { config } = this.#context();
    // The issuer never changes, and an emptied object is never a login again.
    this.#memory.login ??= readLogin(this.#storage().sql);
    const provider = config.providers.find(({ issuer }) => issuer === this.#memory.login?.issuer);
    if (!provider) return { outcome: "revoked" };
    const waited = await this.#queue.wait(
      JSON.stringify([request.scopes, request.audiences]),
      { ...request, provider },
      {
        parallel: provider.refresh_token_rotation === "never" ? PARALLEL_WITHOUT_ROTATION : 1,
        turnMilliseconds: config.turnWaitSeconds * 1000,
        answerMilliseconds: config.providerWaitSeconds * 1000,
        limitMilliseconds: config.providerLimitSeconds * 1000,
      },
      (turn) => {
        this.ctx.waitUntil(turn);
      },
    );
    if (waited.kind === "no_turn") return { outcome: "busy" };
    if (waited.kind === "answered") return waited.answer;
    // Before the turn is over: a provider that moved and left its old address silent would cost the next turn as well.
    if (endpointsAreOld(readLogin(this.#storage().sql), NO_ANSWER))
      this.ctx.waitUntil(refreshEndpoints(this.#context(), provider));
    return NO_ANSWER;
  }

  override async alarm(): Promise<void> {
    const members = {
      retire: async (momId: string) => {
        await this.env.MYTOKEN.getByName(momId).retire();
      },
      erase: async (momId: string) => {
        await this.env.MYTOKEN.getByName(momId).erase();
      },
    };
    await runDue(this.ctx.storage, () => dueHandlers(this.#context(), members));
  }

  #context(): GrantContext {
    return { storage: this.#storage(), config: configOf(this.env), memory: this.#memory };
  }

  /** Keeps the object at work although its caller hangs up. */
  #kept<Value>(work: Promise<Value>): Promise<Value> {
    this.ctx.waitUntil(work);
    return work;
  }
}
