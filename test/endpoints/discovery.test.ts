import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/parse.ts";
import { discoveryDocument } from "../../src/endpoints/discovery/document.ts";
import { ISSUER, newKey, send, SETTINGS } from "../http/worker.ts";

const DOCUMENT = {
  issuer: ISSUER,
  access_token_endpoint: `${ISSUER}/api/v0/token/access`,
  token_endpoint: `${ISSUER}/api/v0/token/access`,
  mytoken_endpoint: `${ISSUER}/api/v0/token/my`,
  tokeninfo_endpoint: `${ISSUER}/api/v0/tokeninfo`,
  revocation_endpoint: `${ISSUER}/api/v0/token/revoke`,
  usersettings_endpoint: `${ISSUER}/api/v0/settings`,
  notifications_endpoint: `${ISSUER}/api/v0/notifications`,
  token_transfer_endpoint: `${ISSUER}/api/v0/token/transfer`,
  profiles_endpoint: `${ISSUER}/api/v0/pt`,
  jwks_uri: `${ISSUER}/jwks`,
  providers_supported: [{ issuer: "https://op.example.com", name: "Example", scopes_supported: ["openid", "email"] }],
  token_signing_alg_value: "ES384",
  tokeninfo_endpoint_actions_supported: ["introspect", "event_history", "subtokens", "list_mytokens"],
  access_token_endpoint_grant_types_supported: ["mytoken"],
  mytoken_endpoint_grant_types_supported: ["oidc_flow", "mytoken", "transfer_code", "polling_code"],
  mytoken_endpoint_oidc_flows_supported: ["authorization_code"],
  response_types_supported: ["token", "short_token", "transfer_code"],
  restriction_claims_supported: [
    "nbf",
    "exp",
    "scope",
    "audience",
    "hosts",
    "geoip_allow",
    "geoip_disallow",
    "usages_AT",
    "usages_other",
  ],
  service_documentation: "https://mytoken-docs.data.kit.edu/",
  version: "0.1.0",
};

/** The document of a configuration. */
function document(settings: Record<string, unknown> = {}): Record<string, unknown> {
  return discoveryDocument(parseConfig({ ...SETTINGS, ...settings })) as Record<string, unknown>;
}

describe("GET", () => {
  it.each([
    "/.well-known/mytoken-configuration",
    "/.well-known/openid-configuration",
    "/.Well-Known/MYTOKEN-configuration/",
  ])("%s", async (path) => {
    const response = await send(path, { headers: { Origin: "https://app.example.org" } });
    expect(response.status).toBe(200);
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(await response.json()).toMatchObject({ issuer: ISSUER, token_endpoint: DOCUMENT.token_endpoint });
  });

  it("takes the issuer from the settings, never from Host", async () => {
    const response = await send("https://evil.example/.well-known/mytoken-configuration");
    expect(await response.text()).not.toContain("evil.example");
  });

  it("knows no federation", async () => {
    const response = await send("/.well-known/openid-federation", { headers: { Accept: "application/json" } });
    expect(await response.json()).toEqual({ error: "not_found", error_description: "/.well-known/openid-federation" });
  });
});

describe("the document", () => {
  it("has all of it, in the order of token-core §11.1", () => {
    expect(document()).toEqual(DOCUMENT);
    expect(Object.keys(document())).toEqual(Object.keys(DOCUMENT));
  });

  it("keeps the slash of the issuer, once", () => {
    const { issuer, jwks_uri } = document({ ISSUER: "https://m.example/" });
    expect([issuer, jwks_uri]).toEqual(["https://m.example/", "https://m.example/jwks"]);
  });

  it("leaves out what is switched off", () => {
    const off = { TOKENINFO_ACTIONS: "[]", TOKEN_REVOCATION: "off", TRANSFER_CODES: "off", SERVICE_DOCUMENTATION: "" };
    const made = document({ ...off, POLLING_CODES: "off", SHORT_TOKENS: "off" });
    expect(made).toMatchObject({
      mytoken_endpoint_grant_types_supported: ["oidc_flow", "mytoken"],
      response_types_supported: ["token"],
    });
    const gone = ["tokeninfo_endpoint", "tokeninfo_endpoint_actions_supported", "revocation_endpoint"];
    for (const key of [...gone, "token_transfer_endpoint", "service_documentation"])
      expect(made).not.toHaveProperty(key);
    for (const key of ["usersettings_endpoint", "notifications_endpoint", "profiles_endpoint"])
      expect(made).toHaveProperty(key);
  });

  it("says which restrictions and which algorithm there are", async () => {
    const old = { ...(await newKey("ES512")), d: undefined };
    const made = document({
      UNSUPPORTED_RESTRICTIONS: '["geoip_allow","geoip_disallow","usages_other"]',
      SIGNING_KEYS: JSON.stringify([old, await newKey("ES256")]),
    });
    expect(made).toMatchObject({
      restriction_claims_supported: ["nbf", "exp", "scope", "audience", "hosts", "usages_AT"],
      token_signing_alg_value: "ES256",
    });
  });
});
