/**
 * The browser comes back from the provider (token-core §7.7, DESIGN §5). `exchanging` is durable before the code goes to the
 * provider, so that no code is sent twice; the exchange runs in this object, so that a closed tab loses nothing. A crash
 * in `exchanging` ends as `failed`, and the alarm abandons whatever grant was made.
 */
import { nowSeconds } from "../../clock.ts";
import { publicUrl } from "../../config.ts";
import { equalText, sha256Text } from "../../crypto/hash.ts";
import { badRequest, done, refuse, type Refusal, type Result } from "../../errors.ts";
import { readAuthorizationResponse } from "../../provider/authorization-response.ts";
import { type CodeExchange, exchangeCode, type LoggedIn } from "../../provider/code-exchange.ts";
import { discover, type ProviderMetadata } from "../../provider/metadata.ts";
import { revokeAtProvider } from "../../provider/revoke.ts";
import type { ProviderSettings } from "../../provider/settings.ts";
import { withTimeLimit } from "../../time-limit.ts";
import type { Caller } from "../../token/caller.ts";
import { newGrantId } from "../../token/ids.ts";
import { moveDue, setAlarm } from "../due.ts";
import { deliver, type DeliveredToken } from "../deliver.ts";
import type { AuthorizationContext } from "./context.ts";
import { makeRoot, type RootRequest } from "./make-root.ts";
import { sealForPoller } from "./polling-key.ts";
import { endFlow, type Flow, readFlow } from "./schema.ts";

export interface RedirectRequest {
  /** The query of `/redirect`, as it came. */
  readonly query: string;
  /** The login cookie of this flow, if the browser sent it. */
  readonly cookie: string | null;
  readonly caller: Caller;
}

/** The login is done. A native client polls for the token; a web client is given it by cookie, now. */
export type Returned =
  | { readonly client: "native"; readonly applicationName: string | null }
  | {
      readonly client: "web";
      readonly redirectUri: string;
      readonly token: DeliveredToken;
    };

/** How much longer than the provider's limit an exchange may take before it counts as crashed. */
const EXCHANGE_SLACK_SECONDS = 60;

/** Finishes the login, or says why not. Without cookie and state of this flow nothing of it is touched. */
export function returnFromProvider(object: AuthorizationContext, request: RedirectRequest): Promise<Result<Returned>> {
  const limit = object.config.providerLimitSeconds * 1000;
  return withTimeLimit(limit, (signal) => finishWithin(object, request, signal));
}

async function finishWithin(
  object: AuthorizationContext,
  request: RedirectRequest,
  signal: AbortSignal,
): Promise<Result<Returned>> {
  const query = new URLSearchParams(request.query);
  const state = query.get("state") ?? "";
  const hashes = { state: await sha256Text(state), cookie: await sha256Text(request.cookie ?? "") };
  const flow = flowOfBrowser(object, hashes);
  if (!flow) return refuse({ reason: "state_mismatched" });
  const provider = object.config.providers.find(({ issuer }) => issuer === flow.request.issuer);
  if (!provider) return refuse({ reason: "unsupported_issuer" });

  const discovery = await discover({
    issuer: provider.issuer,
    now: nowSeconds(),
    signal,
    cache: object.metadataCache,
  });
  if (discovery.outcome === "unavailable") return refuse({ reason: "provider_unknown", detail: discovery.detail });
  const response = readAuthorizationResponse(discovery.server, provider.client_id, query, state);
  if (response.outcome === "invalid") return badRequest(response.detail);
  if (response.outcome === "declined") {
    if (!flowOfBrowser(object, hashes)) return refuse({ reason: "state_mismatched" });
    endFlow(object.storage.sql, response.error === "access_denied" ? "declined" : "failed");
    const { error, error_description: description } = response;
    return refuse({
      reason: "provider_refused",
      status: 555,
      error,
      ...(description === undefined ? {} : { description }),
    });
  }

  const begun = beginExchange(object, hashes);
  if (!begun) return refuse({ reason: "state_mismatched" });
  await setAlarm(object.storage);
  // Now durable: exchanging. From here on the flow ends as fulfilled or failed.
  const exchanged = await exchangeCode({
    provider,
    server: discovery.server,
    parameters: response.parameters,
    redirectUri: publicUrl(object.config, "/redirect"),
    codeVerifier: begun.codeVerifier,
    nonce: begun.nonce,
    signal,
  });
  const finished =
    exchanged.outcome === "granted"
      ? await finishLogin(object, {
          caller: request.caller,
          flow: begun.flow,
          provider,
          server: discovery.server,
          login: exchanged,
          signal,
        })
      : refuse(await refusalOf(provider, discovery.server, exchanged));
  if (!finished.ok && readFlow(object.storage.sql)?.state === "exchanging") endFlow(object.storage.sql, "failed");
  return finished;
}

/** The flow, if it waits for exactly this browser and this `state`. */
function flowOfBrowser(
  { storage }: AuthorizationContext,
  hashes: { readonly state: string; readonly cookie: string },
): Flow | null {
  const flow = readFlow(storage.sql);
  if (flow?.state !== "consented" || nowSeconds() > flow.expires) return null;
  const fits = equalText(flow.state_hash ?? "", hashes.state) && equalText(flow.cookie_hash ?? "", hashes.cookie);
  return fits ? flow : null;
}

interface BegunExchange {
  readonly flow: Flow & { readonly grant_id: string };
  readonly codeVerifier: string;
  readonly nonce: string;
}

/** `consented → exchanging`: of two that come back at once, one goes on. */
function beginExchange(
  object: AuthorizationContext,
  hashes: { readonly state: string; readonly cookie: string },
): BegunExchange | null {
  const { storage, config } = object;
  const grantId = newGrantId();
  return storage.transactionSync(() => {
    const flow = flowOfBrowser(object, hashes);
    if (!flow?.code_verifier || !flow.nonce) return null;
    const now = nowSeconds();
    storage.sql.exec(
      `UPDATE flow SET state = 'exchanging', exchanging_since = ?, grant_id = ?, state_hash = NULL, cookie_hash = NULL,
         code_verifier = NULL, nonce = NULL`,
      now,
      grantId,
    );
    moveDue(storage.sql, "end", now + 2 * config.providerLimitSeconds + EXCHANGE_SLACK_SECONDS);
    return { flow: { ...flow, grant_id: grantId }, codeVerifier: flow.code_verifier, nonce: flow.nonce };
  });
}

/** Grant and token, handed over; if that fails, the login that the provider gave is dropped. */
async function finishLogin(object: AuthorizationContext, root: RootRequest): Promise<Result<Returned>> {
  try {
    const finished = await handOver(object, root);
    if (!finished.ok) await dropLogin(object, root);
    return finished;
  } catch (error) {
    // Whoever cannot be reached now is reached by the alarm, which abandons the grant too.
    await dropLogin(object, root).catch(() => undefined);
    throw error;
  }
}

/** Grant, token, and the token sealed for the poller. */
async function handOver(object: AuthorizationContext, root: RootRequest): Promise<Result<Returned>> {
  const { flow } = root;
  const made = await makeRoot(object, root);
  if (!made.ok) return made;
  const token = made.value;
  const sealed = flow.public_key === null ? null : await sealForPoller(flow.public_key, token.text);
  if (!fulfil(object, token.momId, sealed)) return refuse({ reason: "state_mismatched" });
  await setAlarm(object.storage);
  // Now durable: the finished token, for whoever has the polling code. A web flow is collected by this answer.
  if (flow.client === "native") return done({ client: "native", applicationName: flow.request.applicationName });
  const delivered = await deliver(object, token, flow.request, root.caller);
  return delivered.ok
    ? done({ client: "web", redirectUri: flow.redirect_uri ?? "/", token: delivered.value })
    : delivered;
}

/** Nobody is given this login: its refresh token is revoked, its grant closed, the poller told. */
async function dropLogin(object: AuthorizationContext, { flow, provider, server, login }: RootRequest): Promise<void> {
  await revokeAtProvider(provider, server.revocation_endpoint ?? null, login.refresh_token);
  await object.grant(flow.grant_id).abandon();
  const state = readFlow(object.storage.sql)?.state;
  if (state === "exchanging" || state === "fulfilled") endFlow(object.storage.sql, "failed");
}

function fulfil({ storage, config }: AuthorizationContext, momId: string, sealed: string | null): boolean {
  return storage.transactionSync(() => {
    const flow = readFlow(storage.sql);
    if (flow?.state !== "exchanging") return false;
    if (sealed === null) {
      endFlow(storage.sql, "collected");
      return true;
    }
    // QUIRK-39: a login that finished in time stays collectable a little longer.
    const until = flow.expires + config.collectGraceSeconds;
    storage.sql.exec(
      "UPDATE flow SET state = 'fulfilled', mom_id = ?, sealed_token = ?, collect_until = ?",
      momId,
      sealed,
      until,
    );
    moveDue(storage.sql, "end", until + 1);
    return true;
  });
}

/** Why there is no login; a refresh token that came with an unacceptable answer is revoked. */
async function refusalOf(
  provider: ProviderSettings,
  server: ProviderMetadata,
  exchange: Exclude<CodeExchange, LoggedIn>,
): Promise<Refusal> {
  if ("refreshTokenToRevoke" in exchange && exchange.refreshTokenToRevoke !== null) {
    await revokeAtProvider(provider, server.revocation_endpoint ?? null, exchange.refreshTokenToRevoke);
  }
  switch (exchange.outcome) {
    case "no_refresh_token":
      return { reason: "no_refresh_token_from_provider" };
    case "no_subject":
      return { reason: "no_subject_from_provider" };
    case "unknown":
      return { reason: "provider_unknown", detail: exchange.detail };
    case "refused": {
      const { status, error, error_description: description } = exchange;
      return { reason: "provider_refused", status, error, ...(description === undefined ? {} : { description }) };
    }
  }
}
