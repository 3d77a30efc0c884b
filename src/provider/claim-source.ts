/** Claims from an address of the operator's choice, for enforced restrictions (semantics §6). */
import * as oauth from "oauth4webapi";
import type { ProviderSettings } from "./settings.ts";
import { requestOptions } from "./transport.ts";
import type { Claims } from "./user-info.ts";

/** The JSON object at a configured claim source, asked with the access token; `null` if there is none: the source is then skipped. */
export async function claimsFromSource(request: {
  readonly provider: ProviderSettings;
  /** An URL that the settings admitted. */
  readonly source: string;
  readonly accessToken: string;
  readonly signal: AbortSignal;
}): Promise<Claims | null> {
  const { provider, source, accessToken, signal } = request;
  const options = requestOptions(provider.issuer, signal);
  const headers = new Headers({ ...options.headers, accept: "application/json" });
  try {
    const response = await oauth.protectedResourceRequest(
      accessToken,
      "GET",
      new URL(source),
      headers,
      undefined,
      options,
    );
    const claims: unknown = response.status === 200 ? await response.json() : null;
    return typeof claims === "object" && claims !== null && !Array.isArray(claims) ? (claims as Claims) : null;
  } catch {
    return null;
  }
}
