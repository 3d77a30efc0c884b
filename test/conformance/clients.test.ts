/**
 * The token and revocation endpoints as any OAuth client sees them (RFC 6749 §6, RFC 7009): `oauth4webapi` and
 * `openid-client`, unmodified, with the mytoken for a refresh token. What they do not do themselves is the login.
 */
import { exports } from "cloudflare:workers";
import * as oauth from "oauth4webapi";
import * as client from "openid-client";
import { beforeEach, describe, expect, it } from "vitest";
import { ISSUER } from "../fixtures/addresses.mjs";
import { exchangeOf, newToken, type TestToken } from "../fixtures/tokens.ts";

const CLIENT: oauth.Client = { client_id: "any-client" };
const SETTINGS = {
  [oauth.allowInsecureRequests]: true,
  [oauth.customFetch]: (address: string, init: object) => throughWorker(address, init),
};

function throughWorker(address: string, init: object): Promise<Response> {
  const request = new Request(address, init);
  request.headers.set("CF-Connecting-IP", "2001:db8:c::1");
  return exports.default.fetch(request);
}

async function authorizationServer(): Promise<oauth.AuthorizationServer> {
  const issuer = new URL(ISSUER);
  const response = await oauth.discoveryRequest(issuer, SETTINGS);
  return oauth.processDiscoveryResponse(issuer, response);
}

async function configuration(): Promise<client.Configuration> {
  const options = { execute: [client.allowInsecureRequests], [client.customFetch]: throughWorker };
  return client.discovery(new URL(ISSUER), CLIENT.client_id, undefined, client.None(), options);
}

let token: TestToken;

describe.each([
  ["no client authentication", oauth.None()],
  ["Basic", oauth.ClientSecretBasic("secret")],
  ["credentials in the body", oauth.ClientSecretPost("secret")],
])("oauth4webapi with %s", (_name, authentication) => {
  beforeEach(async () => {
    token = await newToken("plain");
  });

  it("gets access tokens by the refresh grant, with scope and resource", async () => {
    const server = await authorizationServer();
    const additionalParameters = { scope: "openid profile", resource: "https://api.example" };
    const options = { ...SETTINGS, additionalParameters };
    const response = await oauth.refreshTokenGrantRequest(server, CLIENT, authentication, token.text, options);
    const answer = await oauth.processRefreshTokenResponse(server, CLIENT, response);
    expect(answer).toMatchObject({ token_type: "bearer", expires_in: expect.any(Number) });
    expect(answer.access_token).not.toBe(token.text);
  });

  it("revokes", async () => {
    const server = await authorizationServer();
    const hint = { additionalParameters: { token_type_hint: "refresh_token" } };
    const response = await oauth.revocationRequest(server, CLIENT, authentication, token.text, {
      ...SETTINGS,
      ...hint,
    });
    // RFC 7009 §2.2 has 200; 204 is what clients of mytoken servers know (README.md here).
    expect(response.status).toBe(204);
    expect(await response.text()).toBe("");
    expect((await exchangeOf(token)).status).toBe(401);
  });
});

describe("oauth4webapi", () => {
  it("follows a rotation as it follows that of a refresh token", async () => {
    const server = await authorizationServer();
    const rotating = await newToken("plain", { rotation: { on_AT: true } });
    const refresh = async (text: string) => {
      const response = await oauth.refreshTokenGrantRequest(server, CLIENT, oauth.None(), text, SETTINGS);
      return oauth.processRefreshTokenResponse(server, CLIENT, response);
    };
    const first = await refresh(rotating.text);
    expect(first.refresh_token).not.toBe(rotating.text);
    const second = await refresh(first.refresh_token ?? "");
    expect(second.refresh_token).not.toBe(first.refresh_token);
  });

  it("understands a refusal", async () => {
    const server = await authorizationServer();
    const response = await oauth.refreshTokenGrantRequest(server, CLIENT, oauth.None(), "x".repeat(64), SETTINGS);
    const refused = oauth.processRefreshTokenResponse(server, CLIENT, response);
    await expect(refused).rejects.toMatchObject({ error: "invalid_token", error_description: "token not valid" });
  });
});

describe("openid-client", () => {
  beforeEach(async () => {
    token = await newToken("plain");
  });

  it("finds the server, refreshes, and is told of a refusal", async () => {
    const config = await configuration();
    expect(config.serverMetadata()).toMatchObject({ issuer: ISSUER, revocation_endpoint: expect.any(String) });
    const answer = await client.refreshTokenGrant(config, token.text, { scope: "openid" });
    expect(answer).toMatchObject({ token_type: "bearer", expires_in: expect.any(Number) });
    expect(answer.expiresIn()).toBeGreaterThan(0);
    await expect(client.refreshTokenGrant(config, "x".repeat(64))).rejects.toMatchObject({ error: "invalid_token" });
  });

  it("revokes, although it takes the 204 for no answer to that", async () => {
    const config = await configuration();
    await expect(client.tokenRevocation(config, token.text)).rejects.toMatchObject({
      code: "OAUTH_RESPONSE_IS_NOT_CONFORM",
    });
    expect((await exchangeOf(token)).status).toBe(401);
  });
});
