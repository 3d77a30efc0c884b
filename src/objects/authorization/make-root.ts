/** The first token of a login: its clauses as the provider granted them, the grant with its refresh token, the root. */
import { nowSeconds } from "../../clock.ts";
import { utf8 } from "../../crypto/encoding.ts";
import { randomBytes } from "../../crypto/random.ts";
import { seal } from "../../crypto/seal.ts";
import { refuse, type Result } from "../../errors.ts";
import type { LoggedIn } from "../../provider/code-exchange.ts";
import type { ProviderMetadata } from "../../provider/metadata.ts";
import type { ProviderSettings } from "../../provider/settings.ts";
import { userInfo } from "../../provider/user-info.ts";
import type { Caller } from "../../token/caller.ts";
import { newClaims } from "../../token/claims.ts";
import { clampScopes } from "../../token/restriction/fill.ts";
import { limitLifetime } from "../../token/restriction/lifetime.ts";
import { words } from "../../token/restriction/values.ts";
import { createMytoken, type CreatedToken } from "../creation.ts";
import { refreshTokenPurpose } from "../grant/schema.ts";
import type { AuthorizationContext } from "./context.ts";
import { enforce } from "./enforce.ts";
import type { Flow } from "./schema.ts";

export interface RootRequest {
  /** The browser that came back. */
  readonly caller: Caller;
  readonly flow: Flow & { readonly grant_id: string };
  readonly provider: ProviderSettings;
  readonly server: ProviderMetadata;
  readonly login: LoggedIn;
  readonly signal: AbortSignal;
}

/** Makes grant and root. A crash between the two leaves a grant without members, which closes itself. */
export async function makeRoot(object: AuthorizationContext, root: RootRequest): Promise<Result<CreatedToken>> {
  const { flow, provider, server, login } = root;
  const now = nowSeconds();
  const granted = clampScopes(flow.request.restrictions, words(login.scope ?? ""));
  if (granted === null) {
    return refuse({ reason: "provider_unknown", detail: "the provider granted none of the requested scopes" });
  }
  const startedFrom = flow.started_from.address;
  const enforced = await enforce({ ...root, directory: object.directory, startedFrom, now }, granted);
  if (!enforced.ok) return enforced;
  const { clauses } = limitLifetime(enforced.value, provider.max_lifetime, now);
  const email = await emailOf(root);

  const grantKey = randomBytes(32);
  const sealedRefreshToken = await seal(grantKey, utf8(login.refresh_token), refreshTokenPurpose(flow.grant_id, 1));
  await object.grant(flow.grant_id).open({
    grantId: flow.grant_id,
    issuer: provider.issuer,
    oidcSub: login.idToken.sub,
    sealedRefreshToken,
    tokenEndpoint: server.token_endpoint,
    revocationEndpoint: server.revocation_endpoint ?? null,
  });
  const claims = await newClaims({
    issuer: object.config.issuer,
    oidcSub: login.idToken.sub,
    oidcIss: provider.issuer,
    name: flow.request.name,
    capabilities: flow.request.capabilities,
    subtokenCapabilities: flow.request.subtokenCapabilities,
    restrictions: clauses,
    rotation: flow.request.rotation,
    authTime: now,
    now,
  });
  return createMytoken(object, {
    grantId: flow.grant_id,
    grantKey,
    parent: null,
    claims,
    caller: root.caller,
    tags: flow.request.tags,
    events: [{ name: "created", comment: "Used grant_type oidc_flow authorization_code" }],
    ...(email === null ? {} : { email }),
  });
}

/** The person's mail address, from the ID token or else from the userinfo endpoint (token-core §7.7 step 5). */
async function emailOf({ provider, server, login, signal }: RootRequest) {
  const own = addressIn(login.idToken);
  if (own || server.userinfo_endpoint === undefined) return own;
  const { sub: subject } = login.idToken;
  const claims = await userInfo({ provider, server, accessToken: login.access_token, subject, signal });
  return claims && addressIn(claims);
}

function addressIn(claims: Readonly<Record<string, unknown>>): { address: string; verified: boolean } | null {
  const { email, email_verified: verified } = claims;
  return typeof email === "string" && email !== "" ? { address: email, verified: verified === true } : null;
}
