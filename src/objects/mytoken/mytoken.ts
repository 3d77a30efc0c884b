/** One mytoken: the single place where it is judged, counted and rotated. */
import { DurableObject } from "cloudflare:workers";
import { nowSeconds } from "../../clock.ts";
import { configOf } from "../../config/parse.ts";
import type { Result } from "../../errors.ts";
import type { Caller } from "../../token/caller.ts";
import { runDue, setAlarm } from "../due.ts";
import { dueHandlers } from "./alarm.ts";
import type { MytokenContext } from "./context.ts";
import { createToken, type CreateRequest } from "./create.ts";
import { endToken } from "./end.ts";
import { type AccessToken, exchange } from "./exchange.ts";
import { writeEvent } from "./history.ts";
import { publish } from "./publish.ts";
import type { UseRequest } from "./reserve.ts";
import { readToken } from "./schema.ts";

export class Mytoken extends DurableObject<Env> {
  /** An access token for the presented mytoken. */
  exchange(request: UseRequest): Promise<Result<AccessToken>> {
    return this.#kept(exchange(this.#context(), request));
  }

  /** Step 2 of creation; idempotent. */
  create(request: CreateRequest): Promise<void> {
    return createToken(this.#context(), request);
  }

  /** Step 4 of creation: shows the token in the directory, or leaves that to the alarm. */
  publish(): Promise<void> {
    return publish(this.#context());
  }

  /** Writes an event that happened to this token elsewhere. */
  note(event: string, caller: Caller): void {
    const { storage } = this.ctx;
    if (readToken(storage.sql)?.state !== "live") return;
    writeEvent(storage.sql, event, null, caller, nowSeconds(), this.#context().config.historyLimit);
  }

  /** Told by the Grant: the token was revoked. Its secrets go; idempotent. */
  async retire(): Promise<void> {
    const { storage } = this.ctx;
    if (readToken(storage.sql)?.state !== "live") return;
    storage.transactionSync(() => endToken(storage.sql, "revoked", nowSeconds()));
    await setAlarm(storage);
  }

  /** Told by the Grant or the creator: nobody was ever given this token. Leaves an empty object; idempotent. */
  async erase(): Promise<void> {
    if (readToken(this.ctx.storage.sql)) await this.ctx.storage.deleteAll();
  }

  override async alarm(): Promise<void> {
    await runDue(this.ctx.storage, dueHandlers(this.#context()));
  }

  #context(): MytokenContext {
    return {
      storage: this.ctx.storage,
      config: configOf(this.env),
      directory: this.env.DIRECTORY,
      grant: (grantId) => this.env.GRANT.getByName(grantId),
      mytoken: (momId) => this.env.MYTOKEN.getByName(momId),
    };
  }

  /** Keeps the object at work although its caller hangs up (DESIGN §4). */
  #kept<Value>(work: Promise<Value>): Promise<Value> {
    this.ctx.waitUntil(work);
    return work;
  }
}
