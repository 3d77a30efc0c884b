/** What the server says about itself (token-core §11.1). From the settings alone: clients fetch it before every call. */
import { type Config, publicUrl, VERSION } from "../../config.ts";
import { CLAUSE_KEYS } from "../../token/clause.ts";

/**
 * The document. The endpoints of settings, notifications and profiles are always named, as in the reference: Go clients
 * break without them (clients §6.2); what is not there answers 404.
 */
export function discoveryDocument(config: Config): object {
  const url = (path: string) => publicUrl(config, path);
  const accessToken = url("/api/v0/token/access");
  return {
    issuer: config.issuer,
    access_token_endpoint: accessToken,
    // oidc-agent takes this server for an OAuth one and looks here.
    token_endpoint: accessToken,
    mytoken_endpoint: url("/api/v0/token/my"),
    ...(config.tokeninfoActions.length > 0 && { tokeninfo_endpoint: url("/api/v0/tokeninfo") }),
    ...(config.tokenRevocation && { revocation_endpoint: url("/api/v0/token/revoke") }),
    usersettings_endpoint: url("/api/v0/settings"),
    notifications_endpoint: url("/api/v0/notifications"),
    ...(config.transferCodes && { token_transfer_endpoint: url("/api/v0/token/transfer") }),
    profiles_endpoint: url("/api/v0/pt"),
    jwks_uri: url("/jwks"),
    providers_supported: config.providers.map(({ issuer, name, scopes }) => ({
      issuer,
      ...(name !== undefined && { name }),
      scopes_supported: scopes,
    })),
    token_signing_alg_value: config.signingKeys.find((key) => key.d !== undefined)?.alg,
    ...(config.tokeninfoActions.length > 0 && { tokeninfo_endpoint_actions_supported: config.tokeninfoActions }),
    access_token_endpoint_grant_types_supported: ["mytoken"],
    mytoken_endpoint_grant_types_supported: [
      "oidc_flow",
      "mytoken",
      ...(config.transferCodes ? ["transfer_code"] : []),
      ...(config.pollingCodes ? ["polling_code"] : []),
    ],
    mytoken_endpoint_oidc_flows_supported: ["authorization_code"],
    response_types_supported: [
      "token",
      ...(config.shortTokens ? ["short_token"] : []),
      ...(config.transferCodes ? ["transfer_code"] : []),
    ],
    restriction_claims_supported: CLAUSE_KEYS.filter((key) => !config.unsupportedRestrictions.includes(key)),
    ...(config.serviceDocumentation !== null && { service_documentation: config.serviceDocumentation }),
    version: VERSION,
  };
}
