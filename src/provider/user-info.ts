/** What a provider says about a person besides the ID token. Never fatal: no answer is no claims. */
import * as oauth from "oauth4webapi";
import type { ProviderSettings } from "./settings.ts";
import { requestOptions } from "./transport.ts";

export type Claims = Readonly<Record<string, unknown>>;

/** The claims at the userinfo endpoint; `null` if there are none or they are of another subject (OpenID Connect Core 1.0 §5.3.2). */
export async function userInfo(request: {
  readonly provider: ProviderSettings;
  readonly server: oauth.AuthorizationServer;
  readonly accessToken: string;
  /** The `sub` of the validated ID token. */
  readonly subject: string;
  readonly signal: AbortSignal;
}): Promise<Claims | null> {
  const { provider, server, accessToken, subject, signal } = request;
  const client = { client_id: provider.client_id };
  try {
    const response = await oauth.userInfoRequest(server, client, accessToken, requestOptions(provider.issuer, signal));
    return await oauth.processUserInfoResponse(server, client, subject, response);
  } catch {
    return null;
  }
}
