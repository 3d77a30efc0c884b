/** What the server says about itself (token-core §11.1). From the settings alone: clients fetch it before every call. */
import { type Config, publicUrl, VERSION } from "../../config.ts";
import { CLAUSE_KEYS } from "../../token/clause.ts";

/** What has been built; switches of the operator come on top. A member is true from the change that adds its routes. */
export interface Built {
  readonly tokeninfo: boolean;
  readonly revocation: boolean;
  readonly shortTokens: boolean;
  readonly transferCodes: boolean;
  readonly pollingCodes: boolean;
}

export const BUILT: Built = {
  tokeninfo: true,
  revocation: true,
  shortTokens: true,
  transferCodes: true,
  pollingCodes: true,
};

/**
 * The document. The endpoints of settings, notifications and profiles are always named, as in the reference: Go clients
 * break without them (clients §6.2), and what is not built answers 404 there.
 */
export function discoveryDocument(config: Config, built: Built): object {
  const url = (path: string) => publicUrl(config, path);
  const actions = built.tokeninfo ? config.tokeninfoActions : [];
  const transferCodes = built.transferCodes && config.transferCodes;
  const accessToken = url("/api/v0/token/access");
  return {
    issuer: config.issuer,
    access_token_endpoint: accessToken,
    // oidc-agent takes this server for an OAuth one and looks here.
    token_endpoint: accessToken,
    mytoken_endpoint: url("/api/v0/token/my"),
    ...(actions.length > 0 && { tokeninfo_endpoint: url("/api/v0/tokeninfo") }),
    ...(built.revocation && config.tokenRevocation && { revocation_endpoint: url("/api/v0/token/revoke") }),
    usersettings_endpoint: url("/api/v0/settings"),
    notifications_endpoint: url("/api/v0/notifications"),
    ...(transferCodes && { token_transfer_endpoint: url("/api/v0/token/transfer") }),
    profiles_endpoint: url("/api/v0/pt"),
    jwks_uri: url("/jwks"),
    providers_supported: config.providers.map(({ issuer, name, scopes }) => ({
      issuer,
      ...(name !== undefined && { name }),
      scopes_supported: scopes,
    })),
    token_signing_alg_value: config.signingKeys.find((key) => key.d !== undefined)?.alg,
    ...(actions.length > 0 && { tokeninfo_endpoint_actions_supported: actions }),
    access_token_endpoint_grant_types_supported: ["mytoken"],
    mytoken_endpoint_grant_types_supported: [
      "oidc_flow",
      "mytoken",
      ...(transferCodes ? ["transfer_code"] : []),
      ...(built.pollingCodes && config.pollingCodes ? ["polling_code"] : []),
    ],
    mytoken_endpoint_oidc_flows_supported: ["authorization_code"],
    response_types_supported: [
      "token",
      ...(built.shortTokens && config.shortTokens ? ["short_token"] : []),
      ...(transferCodes ? ["transfer_code"] : []),
    ],
    restriction_claims_supported: CLAUSE_KEYS.filter((key) => !config.unsupportedRestrictions.includes(key)),
    ...(config.serviceDocumentation !== null && { service_documentation: config.serviceDocumentation }),
    version: VERSION,
  };
}
