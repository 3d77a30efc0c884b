/** The refresh token grant (RFC 6749 §6), in two steps: a new refresh token is out before anything is judged (DESIGN §4). */
import * as oauth from "oauth4webapi";
import { refreshParameters } from "../token/provider-parameters.ts";
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
} from "./answer.ts";
import { clientAuthentication } from "./client-authentication.ts";
import { claimsOfJwt } from "./jwt-claims.ts";
import type { ProviderSettings } from "./settings.ts";
import { unreadRequestOptions } from "./transport.ts";

/** What a refresh is made of. */
export interface RefreshRequest {
  readonly provider: ProviderSettings;
  /** From the login, kept by the Grant: this path needs no discovery. */
  readonly tokenEndpoint: string;
  readonly refreshToken: string;
  /** The `sub` of the login; an access token that comes with another one is withheld. */
  readonly subject: string;
  /** Scope values; none sends no `scope`. */
  readonly scopes: readonly string[];
  readonly audiences: readonly string[];
  /** Ends the wait; the provider may have acted all the same. */
  readonly signal: AbortSignal;
}

export type RefreshAnswer = Granted | Refused | Unknown;

/** What a request came to. */
export interface RefreshReply {
  /** To be stored before `judge` is called; `null` if none came or it is the one that was sent. */
  readonly newRefreshToken: string | null;
  /** Judges the answer, without I/O. */
  readonly judge: () => Promise<RefreshAnswer>;
}

/** Sends the request and waits for the answer, whatever it is. */
export async function requestRefresh(request: RefreshRequest): Promise<RefreshReply> {
  const { provider, signal } = request;
  const received = await receive(
    () =>
      oauth.refreshTokenGrantRequest(
        { issuer: provider.issuer, token_endpoint: request.tokenEndpoint },
        { client_id: provider.client_id },
        clientAuthentication(provider),
        request.refreshToken,
        {
          ...unreadRequestOptions(provider.issuer, signal),
          additionalParameters: refreshParameters(provider, request),
        },
      ),
    signal,
  );
  if (received.outcome === "unknown") return { newRefreshToken: null, judge: async () => received };
  const refreshToken = refreshTokenIn(received);
  return {
    newRefreshToken: refreshToken === request.refreshToken ? null : refreshToken,
    judge: () => judgeRefresh(request, received),
  };
}

async function judgeRefresh(request: RefreshRequest, received: Received): Promise<RefreshAnswer> {
  const { provider } = request;
  const refused = refusalIn(received, [request.refreshToken, provider.client_secret]);
  if (refused !== null) return refused;
  const { id_token: idToken, ...body } = received.body ?? {};
  const subject = typeof idToken === "string" ? claimsOfJwt(idToken)?.["sub"] : undefined;
  if (subject !== undefined && subject !== request.subject) {
    return { outcome: "unknown", why: "other_subject", detail: "the provider's answer is for another subject" };
  }
  // An ID token is optional here (OpenID Connect Core 1.0 §12.2) and nothing depends on it: an unusable one is no fault.
  const response = conformResponse({ ...received, body: received.body && body });
  if (response === null) return noTokenResponse(received);
  try {
    const judged = await oauth.processRefreshTokenResponse(
      { issuer: provider.issuer },
      { client_id: provider.client_id },
      response,
    );
    return grantedFrom(judged, received);
  } catch (error) {
    return unknownFrom(error, request.signal);
  }
}
