/** The address that sends a person to the provider (OpenID Connect Core 1.0 §3.1.2.1, token-core §7.6). */
import * as oauth from "oauth4webapi";
import { audienceParameters, isGoogle, withOfflineAccess } from "./request-parameters.ts";
import type { ProviderSettings } from "./settings.ts";

/** What an authorization request is made of. */
export interface AuthorizationRequest {
  readonly provider: ProviderSettings;
  readonly authorizationEndpoint: string;
  /** Where the provider sends people back to; registered there. */
  readonly redirectUri: string;
  /** Union over the clauses, or the provider's own; `offline_access` and `openid` are added. */
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  readonly state: string;
  readonly nonce: string;
  /** 43 to 128 unreserved characters (RFC 7636 §4.1). */
  readonly codeVerifier: string;
}

/** The URL, its own parameters sorted by name behind those that the endpoint already has. */
export async function authorizationUrl(request: AuthorizationRequest): Promise<string> {
  const { provider } = request;
  const offline = withOfflineAccess(provider, request.scopes);
  const parameters = new URLSearchParams({
    client_id: provider.client_id,
    code_challenge: await oauth.calculatePKCECodeChallenge(request.codeVerifier),
    code_challenge_method: "S256",
    nonce: request.nonce,
    // Without it providers give no refresh token to a client that the person has seen before (OpenID Connect Core §11).
    prompt: "consent",
    redirect_uri: request.redirectUri,
    response_type: "code",
    scope: (offline.includes("openid") ? offline : [...offline, "openid"]).join(" "),
    state: request.state,
  });
  if (isGoogle(provider.issuer)) parameters.set("access_type", "offline");
  for (const [name, value] of audienceParameters(provider.audience, request.audiences)) parameters.append(name, value);
  parameters.sort();
  const separator = request.authorizationEndpoint.includes("?") ? "&" : "?";
  return request.authorizationEndpoint + separator + parameters.toString();
}
