/** The authorization code grant (RFC 6749 §4.1.3) with a validated ID token (OpenID Connect Core 1.0 §3.1.3). */
import * as oauth from "oauth4webapi";
import {
  conformResponse,
  type Granted,
  grantedFrom,
  noTokenResponse,
  type Received,
  receive,
  type Refused,
  refreshTokenIn,
  refusalIn,
  type Unknown,
  unknownFrom,
  unusable,
} from "./answer.ts";
import { clientAuthentication } from "./client-authentication.ts";
import { claimsOfJwt } from "./jwt-claims.ts";
import type { ProviderSettings } from "./settings.ts";
import { requestOptions, unreadRequestOptions } from "./transport.ts";

/** What a code exchange is made of. */
export interface CodeExchangeRequest {
  readonly provider: ProviderSettings;
  readonly server: oauth.AuthorizationServer;
  /** As `readAuthorizationResponse` validated them. */
  readonly parameters: URLSearchParams;
  /** The one of the authorization request (RFC 6749 §4.1.3). */
  readonly redirectUri: string;
  readonly codeVerifier: string;
  readonly nonce: string;
  /** Bounds the exchange and the request for the provider's keys together. */
  readonly signal: AbortSignal;
}

/** Somebody has logged in: `idToken` holds the claims of the validated ID token. */
export interface LoggedIn extends Granted {
  readonly refresh_token: string;
  readonly idToken: oauth.IDToken;
}

/** A refresh token that came with an answer which is not accepted is handed over to be revoked. */
export type CodeExchange =
  | LoggedIn
  | Refused
  | { readonly outcome: "no_refresh_token" }
  /** No ID token, or one without `sub`. */
  | { readonly outcome: "no_subject"; readonly refreshTokenToRevoke: string }
  | (Unknown & { readonly refreshTokenToRevoke: string | null });

/** Redeems the code, once, and validates what came: signature, issuer, audience, nonce and expiry of the ID token. */
export async function exchangeCode(request: CodeExchangeRequest): Promise<CodeExchange> {
  const { provider, server, signal } = request;
  const received = await receive(
    () =>
      oauth.authorizationCodeGrantRequest(
        server,
        { client_id: provider.client_id },
        clientAuthentication(provider),
        request.parameters,
        request.redirectUri,
        request.codeVerifier,
        {
          ...unreadRequestOptions(provider.issuer, signal),
          // Beside the header, as the reference sends it (token-core §7.7).
          additionalParameters: { client_id: provider.client_id },
        },
      ),
    signal,
  );
  if (received.outcome === "unknown") return { ...received, refreshTokenToRevoke: null };
  const secrets = [request.parameters.get("code") ?? "", request.codeVerifier, provider.client_secret];
  const refused = refusalIn(received, secrets);
  if (refused !== null) return refused;
  const refreshToken = refreshTokenIn(received);
  const response = conformResponse(received);
  if (response === null) return { ...noTokenResponse(received), refreshTokenToRevoke: null };
  if (refreshToken === null) return { outcome: "no_refresh_token" };
  if (!mayHaveSubject(received.body?.["id_token"]))
    return { outcome: "no_subject", refreshTokenToRevoke: refreshToken };
  return judgeLogin(request, received, response, refreshToken);
}

/** Whether there is an ID token and, if it can be read at all, it has a `sub`. */
function mayHaveSubject(idToken: unknown): boolean {
  if (typeof idToken !== "string" || idToken === "") return false;
  const claims = claimsOfJwt(idToken);
  return claims === null || (typeof claims["sub"] === "string" && claims["sub"] !== "");
}

async function judgeLogin(
  request: CodeExchangeRequest,
  received: Received,
  response: Response,
  refreshToken: string,
): Promise<CodeExchange> {
  const { provider, signal } = request;
  // A copy: oauth4webapi remembers keys by this object, as promises, which no other request may await in workerd.
  const server = { ...request.server };
  try {
    const judged = await oauth.processAuthorizationCodeResponse(server, { client_id: provider.client_id }, response, {
      expectedNonce: request.nonce,
      requireIdToken: true,
    });
    await oauth.validateApplicationLevelSignature(server, response, requestOptions(provider.issuer, signal));
    const granted = grantedFrom(judged, received);
    const idToken = oauth.getValidatedIdTokenClaims(judged);
    if (granted.outcome === "unknown") return { ...granted, refreshTokenToRevoke: refreshToken };
    if (idToken === undefined) return { outcome: "no_subject", refreshTokenToRevoke: refreshToken };
    return { ...granted, refresh_token: refreshToken, idToken };
  } catch (error) {
    const verdict = isMalformed(error) ? unusable("the ID token or its key is malformed") : unknownFrom(error, signal);
    return { ...verdict, refreshTokenToRevoke: refreshToken };
  }
}

/** What decoding a signature and importing a key throw; `fetch` throws neither, except when its signal aborts. */
function isMalformed(error: unknown): boolean {
  return error instanceof TypeError || (error instanceof DOMException && error.name === "DataError");
}
