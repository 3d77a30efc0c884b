/** The address that sends a person to the provider (OpenID Connect Core 1.0 §3.1.2.1, token-core §7.6). */
import * as oauth from "oauth4webapi";
import { authorizationParameters } from "../token/provider-parameters.ts";
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
  const parameters = new URLSearchParams({
    client_id: provider.client_id,
    code_challenge: await oauth.calculatePKCECodeChallenge(request.codeVerifier),
    code_challenge_method: "S256",
    nonce: request.nonce,
    // Without it providers give no refresh token to a client that the person has seen before (OpenID Connect Core §11).
    prompt: "consent",
    redirect_uri: request.redirectUri,
    response_type: "code",
    state: request.state,
  });
  for (const [name, value] of authorizationParameters(provider, request)) parameters.append(name, value);
  parameters.sort();
  const separator = request.authorizationEndpoint.includes("?") ? "&" : "?";
  return request.authorizationEndpoint + separator + parameters.toString();
}
