import { describe, expect, it } from "vitest";
import { type RefreshRequest, requestRefresh } from "../../src/provider/refresh.ts";
import type { ProviderSettings } from "../../src/provider/settings.ts";
import { fakeIssuer, fakeLog, script, someUser, type Step } from "../fixtures/fake-control.ts";
import vectors from "../vectors/vectors-audience-enforced.json";
import { limit, loggedIn } from "./login.ts";

/** A login at a fake issuer whose next refresh is scripted. */
async function prepared(trait: string, steps: readonly Step[] = []): Promise<RefreshRequest & { user: string }> {
  const user = someUser();
  const { provider, server, refresh_token: refreshToken } = await loggedIn(fakeIssuer(trait), user);
  await script(trait, user, steps);
  return {
    user,
    provider,
    tokenEndpoint: server.token_endpoint,
    refreshToken,
    subject: user,
    scopes: [],
    audiences: [],
    signal: limit(),
  };
}

async function familyOf(trait: string, user: string) {
  const { families } = await fakeLog(trait, user);
  return families[0]!;
}

describe("what is sent", () => {
  it.each(vectors.refreshRequest)("$name", async ({ audience, scopes, audiences, expectedForm, name }) => {
    const request = await prepared("plain");
    const provider = { ...request.provider, audience: audience as ProviderSettings["audience"] };
    const refreshToken = `RT ${request.user}`;
    const values = scopes.split(" ").filter((value) => value !== "");
    await requestRefresh({ ...request, provider, refreshToken, scopes: values, audiences });
    const last = (await fakeLog("plain")).requests.findLast(({ form }) => form["refresh_token"]?.[0] === refreshToken);
    const expected: Record<string, string[]> = {};
    for (const [key, value] of expectedForm) (expected[key!] ??= []).push(value === "RT" ? refreshToken : value!);
    // Q28 and the vectors' recommendations: values are compared, empty audiences dropped.
    if (name === "substring check") expected["scope"] = ["my_offline_access_x offline_access"];
    if (name === "first audience empty: none sent") expected["resource"] = ["x"];
    expect(last?.form).toEqual(expected);
  });

  it("never asks Google for offline_access", async () => {
    const request = await prepared("plain");
    const provider = { ...request.provider, issuer: "https://accounts.google.com" };
    const reply = await requestRefresh({ ...request, provider, scopes: ["openid", "offline_access"] });
    // An https provider: plain HTTP is refused before anything is sent.
    expect(await reply.judge()).toEqual({
      outcome: "unknown",
      why: "unusable",
      detail: expect.stringMatching(/HTTPS/),
    });
    expect((await fakeLog("plain", request.user)).counts).not.toHaveProperty("token refresh_token");
  });

  it("names itself", async () => {
    const request = await prepared("plain");
    await requestRefresh(request);
    const { requests } = await fakeLog("plain", request.user);
    expect(requests.at(-1)).toMatchObject({ userAgent: "mytoken-server", outcome: 200 });
  });
});

describe("granted", () => {
  it("by a provider that does not rotate", async () => {
    const request = await prepared("plain");
    const reply = await requestRefresh({ ...request, scopes: ["openid", "profile"] });
    expect(reply.newRefreshToken).toBeNull();
    expect(await reply.judge()).toEqual({
      outcome: "granted",
      access_token: expect.stringMatching(/^fake-at-/),
      token_type: "Bearer",
      expires_in: 3600,
      scope: "openid profile offline_access",
    });
  });

  it("by one that rotates: the new refresh token works, the old one ends the login", async () => {
    const request = await prepared("rotating");
    const first = await requestRefresh(request);
    expect(first.newRefreshToken).toBe((await familyOf("rotating", request.user)).current);
    const second = await requestRefresh({ ...request, refreshToken: first.newRefreshToken! });
    expect(await second.judge()).toMatchObject({ outcome: "granted" });
    const reuse = await requestRefresh(request);
    expect(reuse.newRefreshToken).toBeNull();
    expect(await reuse.judge()).toMatchObject({ outcome: "refused", status: 400, error: "invalid_grant" });
    expect((await familyOf("rotating", request.user)).revoked).toMatch(/twice/);
  });

  it("by one that rotates late", async () => {
    const request = await prepared("late");
    for (let i = 1; i <= 6; i++) {
      const { newRefreshToken } = await requestRefresh(request);
      expect(newRefreshToken !== null, `refresh ${i}`).toBe(i === 6);
    }
  });

  it("the refresh token that was sent is not new", async () => {
    const request = await prepared("plain");
    await script("plain", request.user, [{ change: { refresh_token: request.refreshToken } }]);
    expect((await requestRefresh(request)).newRefreshToken).toBeNull();
  });
});

describe("an odd answer with a new refresh token gives the token first", () => {
  const granted = { outcome: "granted" };
  const unusable = { outcome: "unknown", why: "unusable" };
  it.each<[string, Step, object]>([
    ["expires_in as a text", { change: { expires_in: "1800" } }, { ...granted, expires_in: 1800 }],
    ["expires_in null", { change: { expires_in: null } }, granted],
    ["expires_in empty", { change: { expires_in: "" } }, granted],
    ["expires_in with a fraction", { change: { expires_in: 1799.9 } }, { ...granted, expires_in: 1799 }],
    ["expires_in negative", { change: { expires_in: -1 } }, unusable],
    ["expires_in senseless", { change: { expires_in: "soon" } }, unusable],
    ["token_type missing", { drop: ["token_type"] }, { ...granted, token_type: "Bearer" }],
    ["token_type null", { change: { token_type: null } }, { ...granted, token_type: "Bearer" }],
    ["token_type in its own spelling", { change: { token_type: "bEARER" } }, { ...granted, token_type: "bEARER" }],
    ["token_type unknown", { change: { token_type: "mac" } }, unusable],
    ["token_type DPoP", { change: { token_type: "DPoP" } }, unusable],
    ["token_type a number", { change: { token_type: 1 } }, unusable],
    ["scope as a list", { change: { scope: ["openid", "email"] } }, { ...granted, scope: "openid email" }],
    ["scope null", { change: { scope: null } }, granted],
    ["scope a number", { change: { scope: 1 } }, unusable],
    ["status 201", { status: 201 }, granted],
    ["status 202 and another content type", { status: 202, type: "text/plain" }, granted],
    ["id_token empty", { idToken: "empty" }, granted],
    ["id_token garbage", { idToken: "garbage" }, granted],
    ["id_token expired", { idToken: "expired" }, granted],
    ["id_token badly signed", { idToken: "bad_signature" }, granted],
    ["id_token of another subject", { idToken: "other_subject" }, { outcome: "unknown", why: "other_subject" }],
    ["id_token without subject", { idToken: "no_subject" }, granted],
    ["id_token a number", { change: { id_token: 5 } }, granted],
    ["access_token missing", { drop: ["access_token"] }, unusable],
    ["access_token a number", { change: { access_token: 5 } }, unusable],
    [
      "access_token and all in a prototype",
      { drop: ["access_token"], change: JSON.parse('{ "__proto__": { "access_token": "inherited" } }') as object },
      unusable,
    ],
    ["an error beside it", { change: { error: "odd" } }, granted],
    ["a byte order mark before it", { coding: "bom" }, granted],
    [
      "a text that is no UTF-8",
      { coding: "latin1", change: { scope: "caf\u00e9" } },
      { ...granted, scope: "caf\ufffd" },
    ],
    ["packed by gzip", { coding: "gzip" }, granted],
    ["an answer after a while", { delay: 600, commit: true }, granted],
  ])("%s", async (_name, step, expected) => {
    const request = await prepared("plain", [{ ...step, rotate: true }]);
    const reply = await requestRefresh(request);
    expect(reply.newRefreshToken).toBe((await familyOf("plain", request.user)).current);
    expect(reply.newRefreshToken).not.toBe(request.refreshToken);
    expect(await reply.judge()).toMatchObject(expected);
  });

  it.each<[string, Step]>([
    ["null", { change: { refresh_token: null } }],
    ["empty", { change: { refresh_token: "" } }],
    ["a number", { change: { refresh_token: 5 } }],
    ["absent", { drop: ["refresh_token"] }],
  ])("a refresh token that is %s is none, and no fault", async (_name, step) => {
    const request = await prepared("rotating", [step]);
    const reply = await requestRefresh(request);
    expect(reply.newRefreshToken).toBeNull();
    expect(await reply.judge()).toMatchObject({ outcome: "granted" });
  });
});

describe("refused", () => {
  it.each<[number, object]>([
    [400, { error: "invalid_grant", error_description: "expired" }],
    [401, { error: "invalid_client" }],
    [503, { error: "temporarily_unavailable" }],
    [429, { error: "slow_down", error_description: "" }],
  ])("status %d with an error in JSON", async (status, body) => {
    const headers = { "www-authenticate": 'Basic realm="op"' };
    const request = await prepared("plain", [{ answer: { status, body, headers } }]);
    const reply = await requestRefresh(request);
    const { error_description: description, ...rest } = body as { error_description?: string };
    const expected = { outcome: "refused", status, ...rest, ...(description && { error_description: description }) };
    expect(await reply.judge()).toEqual(expected);
  });

  it("a refresh token in a refusal is not one", async () => {
    const body = { error: "invalid_grant", refresh_token: "not-one" };
    const request = await prepared("plain", [{ answer: { status: 400, body } }]);
    expect((await requestRefresh(request)).newRefreshToken).toBeNull();
  });

  it("what was sent is not repeated, and a long text is cut", async () => {
    const request = await prepared("plain");
    const description = `Invalid refresh token: ${request.refreshToken}, secret ${request.provider.client_secret} `;
    const body = { error: "invalid_grant", error_description: description + "x".repeat(5000) };
    await script("plain", request.user, [{ answer: { status: 400, body } }]);
    const answer = await (await requestRefresh(request)).judge();
    const shown = JSON.stringify(answer);
    expect(shown).toContain("Invalid refresh token: …, secret … x");
    expect(shown).not.toContain(request.refreshToken);
    expect(shown.length).toBeLessThan(1200);
  });
});

describe("unknown", () => {
  it.each<[string, Step, string]>([
    ["500 with HTML", { answer: { status: 500, body: "<h1>Error</h1>" } }, "unusable"],
    ["502 with garbage", { answer: { status: 502, body: "\u0000{", type: "application/json" } }, "unusable"],
    ["400 without error", { answer: { status: 400, body: { message: "no" } } }, "unusable"],
    ["400 with an error that is no text", { answer: { status: 400, body: { error: { code: 1 } } } }, "unusable"],
    ["400 with an empty error", { answer: { status: 400, body: { error: "" } } }, "unusable"],
    ["200 with an error", { answer: { status: 200, body: { error: "invalid_grant" } } }, "unusable"],
    ["200 with HTML", { answer: { status: 200, body: "<h1>Login</h1>" } }, "unusable"],
    ["200 with a list", { answer: { status: 200, body: "[]", type: "application/json" } }, "unusable"],
    ["200 with nothing", { answer: { status: 200 } }, "unusable"],
    ["204", { answer: { status: 204 } }, "unusable"],
    ["304", { answer: { status: 304 } }, "unusable"],
    ["a redirection", { answer: { status: 302, headers: { location: "/plain/token" } } }, "unusable"],
    ["too long an answer", { pad: 1_100_000 }, "unusable"],
    ["connection cut before", { cut: true }, "cut"],
    ["connection cut after", { cut: true, commit: true }, "cut"],
    ["connection cut in the middle", { half: true }, "cut"],
    ["no answer", { hang: true }, "timeout"],
    ["no answer after processing", { hang: true, commit: true }, "timeout"],
    ["no end of the answer", { stall: true }, "timeout"],
  ])("%s", async (_name, step, why) => {
    const request = await prepared("plain", [step]);
    const reply = await requestRefresh({ ...request, signal: limit(300) });
    expect(reply.newRefreshToken).toBeNull();
    expect(await reply.judge()).toEqual({ outcome: "unknown", why, detail: expect.any(String) });
    // Once: nothing is repeated, and no redirection followed.
    expect((await fakeLog("plain", request.user)).counts["token refresh_token"]).toBe(1);
  });

  it("a token endpoint that redirects gets the refresh token, nobody else does", async () => {
    const request = await prepared("plain");
    const reply = await requestRefresh({ ...request, tokenEndpoint: `${fakeIssuer("redirecting")}/token` });
    expect(await reply.judge()).toMatchObject({ outcome: "unknown", why: "unusable" });
    const { requests } = await fakeLog("redirecting");
    expect(requests.filter(({ endpoint }) => endpoint === "/elsewhere")).toEqual([]);
  });

  it("nobody listens", async () => {
    const request = await prepared("plain");
    const reply = await requestRefresh({ ...request, tokenEndpoint: "http://localhost:1/token" });
    expect(await reply.judge()).toMatchObject({ outcome: "unknown", why: "cut" });
  });

  it("a fault of our own is thrown", async () => {
    const request = await prepared("plain");
    await expect(requestRefresh({ ...request, refreshToken: "" })).rejects.toThrow(/refreshToken/);
  });
});
