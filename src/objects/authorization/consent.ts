/** Looking at a login, declining and approving it (token-core §7.3, §7.4). The consent code alone locates the flow. */
import { nowSeconds } from "../../clock.ts";
import { publicUrl } from "../../config.ts";
import { base64url } from "../../crypto/encoding.ts";
import { equalText, sha256Text } from "../../crypto/hash.ts";
import { randomBytes } from "../../crypto/random.ts";
import { done, refuse, type Result } from "../../errors.ts";
import { authorizationUrl } from "../../provider/authorization-request.ts";
import { discover } from "../../provider/metadata.ts";
import { withTimeLimit } from "../../time-limit.ts";
import { newFlowCode } from "../../token/ids.ts";
import { authorizationAudiences, clauseScopes } from "../../token/restriction/fill.ts";
import type { AuthorizationContext } from "./context.ts";
import { endFlow, type Flow, isOpen, type LoginRequest, readFlow } from "./schema.ts";

/** Where a person goes back to after declining. */
export interface Declined {
  readonly client: "native" | "web";
  readonly applicationName: string | null;
}

/** What the person approved. `null` members are absent; all of it replaces what was asked for. */
export type Approval = Pick<
  LoginRequest,
  "issuer" | "capabilities" | "subtokenCapabilities" | "restrictions" | "rotation" | "name"
>;

export interface Approved {
  readonly authorizationUri: string;
  readonly flowId: string;
  /** Binds the login to this browser (RFC 9700 §4.7). */
  readonly cookie: string;
}

const DISCOVERY_LIMIT_MILLISECONDS = 10_000;

/** The flow as the consent page shows it. */
export async function viewFlow(
  object: AuthorizationContext,
  consentCode: string,
): Promise<Result<Pick<Flow, "client" | "redirect_uri" | "request" | "started_from">>> {
  const hash = await sha256Text(consentCode);
  const flow = openFlow(object, hash);
  if (!flow) return refuse({ reason: "flow_gone" });
  const { client, redirect_uri, request, started_from } = flow;
  return done({ client, redirect_uri, request, started_from });
}

/** The person says no: the poller is told so. */
export async function declineFlow(object: AuthorizationContext, consentCode: string): Promise<Result<Declined>> {
  const hash = await sha256Text(consentCode);
  const flow = openFlow(object, hash);
  if (!flow) return refuse({ reason: "flow_gone" });
  endFlow(object.storage.sql, "declined");
  return done({ client: flow.client, applicationName: flow.request.applicationName });
}

/**
 * The person says yes: a fresh `state`, verifier, nonce and cookie, and the provider's address. Approving again replaces
 * them all, so that only the browser that approved last can finish.
 */
export async function approveFlow(
  object: AuthorizationContext,
  consentCode: string,
  approval: Approval,
): Promise<Result<Approved>> {
  const { storage, config } = object;
  const provider = config.providers.find(({ issuer }) => issuer === approval.issuer);
  const consentHash = await sha256Text(consentCode);
  const flow = openFlow(object, consentHash);
  if (!flow) return refuse({ reason: "flow_gone" });
  if (!provider || flow.request.issuer !== provider.issuer) return refuse({ reason: "unsupported_issuer" });

  const { issuer } = provider;
  const discovery = await withTimeLimit(DISCOVERY_LIMIT_MILLISECONDS, (signal) =>
    discover({ issuer, now: nowSeconds(), signal, cache: object.metadataCache }),
  );
  if (discovery.outcome === "unavailable") return refuse({ reason: "provider_unknown", detail: discovery.detail });
  const state = await newFlowCode(config.pepper, "state", flow.flow_id);
  const codeVerifier = base64url(randomBytes(32));
  const nonce = base64url(randomBytes(16));
  const cookie = base64url(randomBytes(24));
  const authorizationUri = await authorizationUrl({
    provider,
    authorizationEndpoint: discovery.server.authorization_endpoint,
    redirectUri: publicUrl(config, "/redirect"),
    scopes: clauseScopes(approval.restrictions, provider.scopes),
    audiences: authorizationAudiences(approval.restrictions),
    state,
    nonce,
    codeVerifier,
  });
  const hashes = { state: await sha256Text(state), cookie: await sha256Text(cookie) };
  const approved = storage.transactionSync(() => {
    const present = openFlow(object, consentHash);
    if (!present) return false;
    storage.sql.exec(
      `UPDATE flow SET state = 'consented', request = ?, state_hash = ?, cookie_hash = ?, code_verifier = ?, nonce = ?`,
      JSON.stringify({ ...present.request, ...approval } satisfies LoginRequest),
      hashes.state,
      hashes.cookie,
      codeVerifier,
      nonce,
    );
    return true;
  });
  return approved ? done({ authorizationUri, flowId: flow.flow_id, cookie }) : refuse({ reason: "flow_gone" });
}

/** The flow if the code is its own and it can still be approved. */
function openFlow({ storage }: AuthorizationContext, consentHash: string): Flow | null {
  const flow = readFlow(storage.sql);
  return isOpen(flow, nowSeconds()) && equalText(flow.consent_hash, consentHash) ? flow : null;
}
