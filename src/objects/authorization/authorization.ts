/** One running login, from its start to its collection. */
import { DurableObject } from "cloudflare:workers";
import { metadataCache } from "../../codes/metadata-cache.ts";
import { configOf } from "../../config/parse.ts";
import type { Result } from "../../errors.ts";
import type { Caller } from "../../token/caller.ts";
import type { DeliveredToken } from "../deliver.ts";
import { runDue } from "../due.ts";
import { completed } from "../tables.ts";
import { dueHandlers } from "./alarm.ts";
import { type Approval, type Approved, approveFlow, type Declined, declineFlow, viewFlow } from "./consent.ts";
import type { AuthorizationContext } from "./context.ts";
import { collect } from "./poll.ts";
import { type RedirectRequest, type Returned, returnFromProvider } from "./redirect.ts";
import { AUTHORIZATION_TABLES } from "./schema.ts";
import { withdraw } from "./withdraw.ts";
import { startFlow, type Started, type StartRequest } from "./start.ts";

export class Authorization extends DurableObject<Env> {
  /** Its tables are those of this code (docs/decisions/0009). */
  readonly #storage = completed(this.ctx.storage, AUTHORIZATION_TABLES);

  /** The polls before: of many at once, only the first makes the wanted form, a short token or a transfer code. */
  #polls: Promise<unknown> = Promise.resolve();

  start(request: StartRequest): Promise<Started | null> {
    return startFlow(this.#context(), request);
  }

  view(consentCode: string): ReturnType<typeof viewFlow> {
    return viewFlow(this.#context(), consentCode);
  }

  decline(consentCode: string): Promise<Result<Declined>> {
    return declineFlow(this.#context(), consentCode);
  }

  approve(consentCode: string, approval: Approval): Promise<Result<Approved>> {
    return approveFlow(this.#context(), consentCode, approval);
  }

  /** The browser is back from the provider. */
  return(request: RedirectRequest): Promise<Result<Returned>> {
    return this.#kept(returnFromProvider(this.#context(), request));
  }

  /** The poller asks for the finished token. */
  collect(pollingCode: string, caller: Caller): Promise<Result<DeliveredToken>> {
    const poll = this.#polls.then(() => collect(this.#context(), pollingCode, caller));
    this.#polls = poll.catch(() => undefined);
    return this.#kept(poll);
  }

  /** The polling code was revoked: the login ends, and with it a token that nobody collected. */
  withdraw(pollingCode: string, issuer: string | null): Promise<Result<null>> {
    return this.#kept(withdraw(this.#context(), pollingCode, issuer));
  }

  override async alarm(): Promise<void> {
    await runDue(this.ctx.storage, () => dueHandlers(this.#context()));
  }

  #context(): AuthorizationContext {
    return {
      storage: this.#storage(),
      config: configOf(this.env),
      metadataCache: metadataCache(this.env.CODES),
      directory: this.env.DIRECTORY,
      grant: (grantId) => this.env.GRANT.getByName(grantId),
      mytoken: (momId) => this.env.MYTOKEN.getByName(momId),
    };
  }

  /** Keeps the object at work although the browser closes its tab. */
  #kept<Value>(work: Promise<Value>): Promise<Value> {
    this.ctx.waitUntil(work);
    return work;
  }
}
