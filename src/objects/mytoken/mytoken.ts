/** One mytoken: the single place where it is judged, counted and rotated. */
import { DurableObject } from "cloudflare:workers";
import { nowSeconds } from "../../clock.ts";
import { configOf } from "../../config/parse.ts";
import type { GrantSwitch } from "../../directory/grants.ts";
import type { ListedToken } from "../../directory/lists.ts";
import type { TagChange } from "../../directory/tags.ts";
import type { MailChange, MailSettings } from "../../directory/users.ts";
import type { Result } from "../../errors.ts";
import type { Caller } from "../../token/caller.ts";
import type { Tag } from "../../token/tag.ts";
import type { DeliveredToken } from "../deliver.ts";
import { runDue, setAlarm } from "../due.ts";
import type { RefreshTokenFate } from "../grant/revoke.ts";
import { completed } from "../tables.ts";
import { dueHandlers } from "./alarm.ts";
import type { MytokenContext } from "./context.ts";
import { createToken, type CreateRequest } from "./create.ts";
import { endToken } from "./end.ts";
import { eventHistory, historyFor, type TokenEvent } from "./event-history.ts";
import { type AccessToken, exchange } from "./exchange.ts";
import { listGrantSwitches, switchGrant } from "./grant-switches.ts";
import { handOut } from "./hand-out.ts";
import { type HistoryEvent, writeEvent } from "./history.ts";
import { introspect, type Introspection } from "./introspect.ts";
import { listSubtokens, listTokens } from "./lists.ts";
import { changeMail, seeMailSettings } from "./mail-settings.ts";
import type { Performed } from "./perform.ts";
import { publish, republish } from "./publish.ts";
import type { UseRequest } from "./reserve.ts";
import {
  endByText,
  endTarget,
  type FamilyPlace,
  placeOf,
  revokeOther,
  type RevokeOtherRequest,
  revokeSelf,
  type Revocation,
} from "./revoke.ts";
import type { IssuedToken } from "./rotate.ts";
import { deleteToken, MYTOKEN_TABLES, readToken } from "./schema.ts";
import { makeSubtoken, previewSubtoken, type SubtokenPreview, type SubtokenRequest } from "./subtoken.ts";
import { subscriptions } from "./subscriptions.ts";
import { changeTag, changeTokenTag, createTag, listTags, removeTag, type TokenTagRequest } from "./tags.ts";
import { type TargetedRequest, whereaboutsOf } from "./targets.ts";
import { createTransferCode, redeemCode, withdraw } from "./transfer-code.ts";

export class Mytoken extends DurableObject<Env> {
  /** Its tables are those of this code (docs/decisions/0009). */
  readonly #storage = completed(this.ctx.storage, MYTOKEN_TABLES);

  /** An access token for the presented mytoken. */
  exchange(request: UseRequest): Promise<Result<AccessToken>> {
    return this.#kept(exchange(this.#context(), request));
  }

  /** A mytoken from the presented mytoken. */
  subtoken(request: SubtokenRequest): Promise<Result<Performed<DeliveredToken>>> {
    return this.#kept(makeSubtoken(this.#context(), request));
  }

  /** What a subtoken request would get. */
  previewSubtoken(request: SubtokenRequest): Promise<Result<SubtokenPreview>> {
    return previewSubtoken(this.#context(), request);
  }

  /** A transfer code for the presented token. */
  transferCode(request: UseRequest): Promise<Result<string>> {
    return this.#kept(createTransferCode(this.#context(), request));
  }

  /** Redeems a transfer code of this token; `text` is what its record held. */
  redeem(key: string, text: string, caller: Caller): Promise<Result<IssuedToken>> {
    return this.#kept(redeemCode(this.#context(), key, text, caller));
  }

  /** Takes a transfer code back, and with it a new token that nobody has. */
  withdraw(key: string, text: string, issuer: string | null): Promise<Result<null>> {
    return this.#kept(withdraw(this.#context(), key, text, issuer));
  }

  /** Ends this token and all below it; its text, if it is the current one, opens the refresh token to be revoked. */
  endByText(text: string): Promise<RefreshTokenFate> {
    return this.#kept(endByText(this.#context(), text));
  }

  /** The short token or the transfer code of a token that was just made. */
  handOut(text: string, form: "short_token" | "transfer_code", caller: Caller): Promise<Result<string>> {
    return this.#kept(handOut(this.#context(), text, form, caller));
  }

  /** Ends this token by its own text. */
  revoke(request: UseRequest, recursive: boolean): Promise<Result<Revocation>> {
    return this.#kept(revokeSelf(this.#context(), request, recursive));
  }

  /** Ends another token, authorised by the presented one; its successor if it rotated. */
  revokeOther(request: RevokeOtherRequest): Promise<Result<IssuedToken | null>> {
    return this.#kept(revokeOther(this.#context(), request));
  }

  /** What the presented token is, and how much of it is left. */
  introspect(request: UseRequest): Promise<Result<Introspection>> {
    return this.#kept(introspect(this.#context(), request));
  }

  /** The events of the named tokens, newest first; of this one if none are named. */
  eventHistory(request: TargetedRequest): Promise<Result<Performed<readonly TokenEvent[]>>> {
    return this.#kept(eventHistory(this.#context(), request));
  }

  /** Asked by a token whose user wants to see this one's history; `null`: there is none, or it is somebody else's. */
  historyFor(owner: string): Promise<readonly HistoryEvent[] | null> {
    return historyFor(this.#context(), owner);
  }

  /** Asked by a token that names this one. */
  whereabouts(): Promise<FamilyPlace | null> {
    return whereaboutsOf(this.#context());
  }

  /** This token and all below it. */
  listSubtokens(request: UseRequest): Promise<Result<Performed<readonly ListedToken[]>>> {
    return this.#kept(listSubtokens(this.#context(), request));
  }

  /** All tokens of this token's user. */
  listTokens(request: UseRequest): Promise<Result<Performed<readonly ListedToken[]>>> {
    return this.#kept(listTokens(this.#context(), request));
  }

  /** The `mom_id`s whose subscriptions the caller may see. */
  subscriptions(request: TargetedRequest): Promise<Result<Performed<readonly string[]>>> {
    return this.#kept(subscriptions(this.#context(), request));
  }

  listGrantSwitches(request: UseRequest): Promise<Result<Performed<readonly GrantSwitch[]>>> {
    return this.#kept(listGrantSwitches(this.#context(), request));
  }

  switchGrant(request: UseRequest, change: GrantSwitch): Promise<Result<Performed<void>>> {
    return this.#kept(switchGrant(this.#context(), request, change));
  }

  mailSettings(request: UseRequest): Promise<Result<Performed<MailSettings>>> {
    return this.#kept(seeMailSettings(this.#context(), request));
  }

  changeMail(request: UseRequest, change: MailChange): Promise<Result<Performed<void>>> {
    return this.#kept(changeMail(this.#context(), request, change));
  }

  listTags(request: UseRequest): Promise<Result<Performed<readonly Tag[]>>> {
    return this.#kept(listTags(this.#context(), request));
  }

  createTag(request: UseRequest, tag: Tag): Promise<Result<Performed<void>>> {
    return this.#kept(createTag(this.#context(), request, tag));
  }

  changeTag(request: UseRequest, tag: string, change: TagChange): Promise<Result<Performed<void>>> {
    return this.#kept(changeTag(this.#context(), request, tag, change));
  }

  removeTag(request: UseRequest, tag: string): Promise<Result<Performed<void>>> {
    return this.#kept(removeTag(this.#context(), request, tag));
  }

  /** Puts a tag on this token or another one, or takes it off. */
  changeTokenTag(request: TokenTagRequest): Promise<Result<Performed<void>>> {
    return this.#kept(changeTokenTag(this.#context(), request));
  }

  /** Asked by a token that wants to revoke this one. */
  place(): FamilyPlace | null {
    return placeOf(this.#context());
  }

  /** Told by a token that may revoke this one. */
  async end(recursive: boolean, grantKey: Uint8Array<ArrayBuffer> | null): Promise<void> {
    await this.#kept(endTarget(this.#context(), recursive, grantKey));
  }

  /** Step 2 of creation; idempotent. */
  create(request: CreateRequest): Promise<void> {
    return createToken(this.#context(), request);
  }

  /** Step 4 of creation: shows the token in the directory, or leaves that to the alarm. */
  publish(): Promise<void> {
    return publish(this.#context());
  }

  /** Told by the operator's list (rebuild.ts): the directory has lost this token. */
  republish(): Promise<boolean> {
    return republish(this.#context());
  }

  /** Writes an event that happened to this token elsewhere. */
  note(event: string, caller: Caller): void {
    const storage = this.#storage();
    if (readToken(storage.sql)?.state !== "live") return;
    writeEvent(storage.sql, event, null, caller, nowSeconds(), this.#context().config.historyLimit);
  }

  /** Told by the Grant: the token was revoked. Its secrets go; idempotent. */
  async retire(): Promise<void> {
    const storage = this.#storage();
    if (readToken(storage.sql)?.state !== "live") return;
    storage.transactionSync(() => endToken(storage.sql, "revoked", nowSeconds()));
    await setAlarm(storage);
  }

  /** Told by the Grant or the creator: nobody was ever given this token. Leaves an empty object; idempotent. */
  async erase(): Promise<void> {
    if (readToken(this.#storage().sql)) await deleteToken(this.#storage());
  }

  override async alarm(): Promise<void> {
    await runDue(this.ctx.storage, () => dueHandlers(this.#context()));
  }

  #context(): MytokenContext {
    return {
      storage: this.#storage(),
      config: configOf(this.env),
      directory: this.env.DIRECTORY,
      codes: this.env.CODES,
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
