import { describe, expect, it } from "vitest";
import { REDIRECT_URI } from "../fixtures/addresses.mjs";
import { fakeIssuer, fakeLog, script, settingsOf, someUser, type Step } from "../fixtures/fake-control.ts";
import { readAuthorizationResponse } from "../../src/provider/authorization-response.ts";
import { answerOf, exchange, fakeLogin, limit, loggedIn, NONCE, STATE, VERIFIER } from "./login.ts";

/** Logs in at a fake issuer; `steps` script the token endpoint, `authorizeSteps` the authorization endpoint. */
async function attempt(trait: string, steps: readonly Step[], { authorizeSteps = [] as Step[], changes = {} } = {}) {
  const user = someUser();
  await script(trait, user, authorizeSteps, "authorize");
  await script(trait, user, steps);
  const login = await fakeLogin(trait);
  const result = await exchange(login, await answerOf(login, user), changes);
  const { families } = await fakeLog(trait, user);
  return { user, result, refreshToken: families[0]?.current ?? null, login };
}

describe("exchangeCode", () => {
  it("logs somebody in", async () => {
    const { user, result, refreshToken } = await attempt("plain", []);
    expect(result).toMatchObject({
      outcome: "granted",
      access_token: expect.stringMatching(/^fake-at-/),
      token_type: "Bearer",
      expires_in: 3600,
      scope: "openid profile email offline_access storage.read storage.write",
      refresh_token: refreshToken,
      idToken: { iss: fakeIssuer("plain"), sub: user, nonce: NONCE, email: `${user}@example.org` },
    });
    const sent = (await fakeLog("plain", user)).requests.find(({ endpoint }) => endpoint === "token");
    expect(sent).toMatchObject({ userAgent: "mytoken-server", authorization: expect.stringMatching(/^Basic /) });
    expect(sent?.form).toEqual({
      grant_type: ["authorization_code"],
      client_id: [settingsOf(fakeIssuer("plain")).client_id],
      code: [expect.stringMatching(/^fake-code-/)],
      code_verifier: [VERIFIER],
      redirect_uri: [REDIRECT_URI],
    });
  });

  it.each(["basic", "post", "jwt", "noiss", "noscope", "slim", "norevocation"])(
    "at a provider like %s",
    async (trait) => {
      const user = someUser();
      expect(await loggedIn(fakeIssuer(trait), user)).toMatchObject({ idToken: { sub: user } });
    },
  );

  it("asks for the audiences it was given", async () => {
    const user = someUser();
    const audiences = ["https://a.example", "https://b.example"];
    await loggedIn(fakeIssuer("jwt"), user, { audiences });
    expect((await fakeLog("jwt", user)).families).toMatchObject([{ resources: audiences }]);
  });

  it.each<[string, Step]>([
    ["expires_in as a text", { change: { expires_in: "3600" } }],
    ["expires_in null", { change: { expires_in: null } }],
    ["token_type missing", { drop: ["token_type"] }],
    ["scope as a list", { change: { scope: ["openid"] } }],
    ["status 201", { status: 201 }],
  ])("bears with %s", async (_name, step) => {
    const { result } = await attempt("plain", [step]);
    expect(result).toMatchObject({ outcome: "granted", token_type: "Bearer" });
  });

  it.each([
    "expired",
    "wrong_nonce",
    "no_nonce",
    "wrong_audience",
    "wrong_issuer",
    "bad_signature",
    "malformed_signature",
    "unknown_key",
    "alg_none",
    "alg_hs256",
    "garbage",
  ])("refuses an ID token with fault %s, and hands over the refresh token", async (idToken) => {
    const { result, refreshToken } = await attempt("plain", [{ idToken }]);
    expect(result).toMatchObject({ outcome: "unknown", why: "unusable", refreshTokenToRevoke: refreshToken });
    expect(refreshToken).not.toBeNull();
    expect(JSON.stringify({ ...result, refreshTokenToRevoke: "" })).not.toMatch(/fake-|eyJ/);
  });

  it.each(["missing", "empty", "no_subject"])("needs a subject: ID token %s", async (idToken) => {
    const { result, refreshToken } = await attempt("plain", [{ idToken }]);
    expect(result).toEqual({ outcome: "no_subject", refreshTokenToRevoke: refreshToken });
  });

  it.each(["nosub", "noidtoken"])("needs a subject: a provider like %s", async (trait) => {
    const { result, refreshToken } = await attempt(trait, []);
    expect(result).toEqual({ outcome: "no_subject", refreshTokenToRevoke: refreshToken });
  });

  it("refuses the nonce of another login", async () => {
    const { result } = await attempt("plain", [], { authorizeSteps: [{ nonce: "of-another-login" }] });
    expect(result).toMatchObject({ outcome: "unknown", detail: expect.stringMatching(/nonce/) });
  });

  it.each<[string, string, Step[]]>([
    ["the provider gives none", "norefresh", []],
    ["it is null", "plain", [{ change: { refresh_token: null } }]],
    ["it is empty", "plain", [{ change: { refresh_token: "" } }]],
  ])("needs a refresh token: %s", async (_name, trait, steps) => {
    expect((await attempt(trait, steps)).result).toEqual({ outcome: "no_refresh_token" });
  });

  it.each<[string, Step, object]>([
    ["an unknown token type", { change: { token_type: "mac" } }, { why: "unusable" }],
    ["no access token", { drop: ["access_token"] }, { why: "unusable" }],
  ])("refuses %s, and hands over the refresh token", async (_name, step, expected) => {
    const { result, refreshToken } = await attempt("plain", [step]);
    expect(result).toMatchObject({ outcome: "unknown", ...expected, refreshTokenToRevoke: refreshToken });
  });

  it.each<[string, Step, object]>([
    [
      "a refusal",
      { answer: { status: 400, body: { error: "invalid_grant", error_description: "too late" } } },
      { outcome: "refused", status: 400, error: "invalid_grant", error_description: "too late" },
    ],
    [
      "HTML",
      { answer: { status: 500, body: "<p>" } },
      { outcome: "unknown", why: "unusable", refreshTokenToRevoke: null },
    ],
    ["a redirection", { answer: { status: 307, headers: { location: "/" } } }, { outcome: "unknown", why: "unusable" }],
    ["a cut connection", { cut: true, commit: true }, { outcome: "unknown", why: "cut", refreshTokenToRevoke: null }],
    ["silence", { hang: true }, { outcome: "unknown", why: "timeout", refreshTokenToRevoke: null }],
  ])("tells %s", async (_name, step, expected) => {
    const { result } = await attempt("plain", [step], { changes: { signal: limit(500) } });
    expect(result).toMatchObject(expected);
  });

  it("keeps what was sent out of the provider's words", async () => {
    const user = someUser();
    const login = await fakeLogin("plain");
    const query = await answerOf(login, user);
    const body = { error: "invalid_grant", error_description: `code ${query.get("code")} with ${VERIFIER}` };
    await script("plain", user, [{ answer: { status: 400, body } }]);
    expect(await exchange(login, query)).toMatchObject({ error_description: "code … with …" });
  });

  it.each([
    ["another verifier", { codeVerifier: `${VERIFIER}x` }],
    ["another redirect_uri", { redirectUri: `${REDIRECT_URI}/elsewhere` }],
  ])("is refused by the provider for %s", async (_name, changes) => {
    const { result } = await attempt("plain", [], { changes });
    expect(result).toMatchObject({ outcome: "refused", status: 400, error: "invalid_grant" });
  });

  it.each<[string, Step]>([
    ["that fail", { answer: { status: 500, body: "" } }],
    ["that are cut off", { cut: true }],
    ["that do not come", { hang: true }],
    ["that are none", { change: { keys: [] } }],
    ["that are malformed", { change: { keys: [{ kty: "RSA", n: "!", e: "AQAB" }] } }],
    ["that are too short", { change: { keys: [{ kty: "RSA", n: "AQAB", e: "AQAB" }] } }],
  ])("does not accept a login with keys %s", async (_name, step) => {
    const user = someUser();
    const login = await fakeLogin("nouserinfo");
    const query = await answerOf(login, user);
    await script("nouserinfo", "", [step], "jwks");
    await script("nouserinfo", user, [{ idToken: "without_kid" }]);
    const result = await exchange(login, query, { signal: limit(500) });
    const { families } = await fakeLog("nouserinfo", user);
    expect(result).toMatchObject({ outcome: "unknown", refreshTokenToRevoke: families[0]?.current });
  });

  it("finds the key of an ID token that names none", async () => {
    expect((await attempt("plain", [{ idToken: "without_kid" }])).result).toMatchObject({ outcome: "granted" });
  });

  it("serves logins that run side by side", async () => {
    const users = Array.from({ length: 8 }, () => someUser());
    const results = await Promise.all(users.map((user) => loggedIn(fakeIssuer("rotating"), user)));
    expect(results.map(({ idToken }) => idToken.sub)).toEqual(users);
  });
});

describe("the way back from the provider", () => {
  it.each<[string, Step, object]>([
    [
      "access_denied",
      { error: "access_denied", error_description: "no" },
      { outcome: "declined", error: "access_denied", error_description: "no" },
    ],
    ["another issuer", { change: { iss: "https://evil.example" } }, { outcome: "invalid" }],
    ["no issuer", { change: { iss: null } }, { outcome: "invalid" }],
    ["another state", { change: { state: "other" } }, { outcome: "invalid" }],
    ["no code", { change: { code: null } }, { outcome: "invalid" }],
  ])("%s", async (_name, step, expected) => {
    const user = someUser();
    await script("plain", user, [step], "authorize");
    const login = await fakeLogin("plain");
    const query = await answerOf(login, user);
    expect(readAuthorizationResponse(login.server, login.provider.client_id, query, STATE)).toMatchObject(expected);
  });
});
