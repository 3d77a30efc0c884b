/** Revocation of a refresh token at its provider (RFC 7009). */
import * as oauth from "oauth4webapi";
import { withTimeLimit } from "../time-limit.ts";
import { clientAuthentication } from "./client-authentication.ts";
import type { ProviderSettings } from "./settings.ts";
import { requestOptions } from "./transport.ts";

/** Somebody waits for the answer to a revocation, and nothing depends on the provider's. */
const LIMIT_MILLISECONDS = 5000;

/**
 * Revokes a refresh token. True if the provider said so; false if it has no endpoint for that, refused, or did not
 * answer: that is for the log, because nobody can repeat it later (DESIGN §5).
 */
export async function revokeAtProvider(
  provider: ProviderSettings,
  revocationEndpoint: string | null,
  refreshToken: string,
): Promise<boolean> {
  if (revocationEndpoint === null) return false;
  try {
    const response = await withTimeLimit(LIMIT_MILLISECONDS, (signal) =>
      oauth.revocationRequest(
        { issuer: provider.issuer, revocation_endpoint: revocationEndpoint },
        { client_id: provider.client_id },
        clientAuthentication(provider),
        refreshToken,
        { ...requestOptions(provider.issuer, signal), additionalParameters: { token_type_hint: "refresh_token" } },
      ),
    );
    return response.ok;
  } catch {
    return false;
  }
}
