import { describe, expect, inject, it } from "vitest";
import { claimsOfJwt } from "../../src/provider/jwt-claims.ts";
import { requestRefresh } from "../../src/provider/refresh.ts";
import { revokeAtProvider } from "../../src/provider/revoke.ts";
import { userInfo } from "../../src/provider/user-info.ts";
import { limit, loggedIn } from "./login.ts";

/** A login, and what its refreshes have in common. */
async function prepared(issuer: string, asked = {}) {
  const login = await loggedIn(issuer, "alice", asked);
  const { provider, server, refresh_token: refreshToken } = login;
  const tokenEndpoint = server.token_endpoint;
  const request = { provider, tokenEndpoint, refreshToken, subject: "alice", scopes: [], audiences: [] };
  const refresh = (changes = {}) => requestRefresh({ ...request, signal: limit(), ...changes });
  return { ...login, refresh };
}

describe("a real provider", () => {
  it("logs people in and tells about them", async () => {
    const { provider, server, access_token: accessToken, idToken } = await loggedIn(inject("realProvider"), "alice");
    expect(idToken.sub).toBe("alice");
    const request = { provider, server, accessToken, signal: limit() };
    expect(await userInfo({ ...request, subject: "alice" })).toMatchObject({ email: "alice@example.org" });
    expect(await userInfo({ ...request, subject: "bob" })).toBeNull();
  });

  it("rotates, and ends the login when an old refresh token comes again", async () => {
    const { refresh } = await prepared(inject("realProvider"));
    const first = await refresh({ scopes: ["openid", "email"] });
    expect(first.newRefreshToken).toEqual(expect.any(String));
    expect(await first.judge()).toMatchObject({ outcome: "granted", scope: "openid email offline_access" });
    expect(await (await refresh()).judge()).toMatchObject({ outcome: "refused", status: 400, error: "invalid_grant" });
    const after = await refresh({ refreshToken: first.newRefreshToken });
    expect(await after.judge()).toMatchObject({ outcome: "refused", error: "invalid_grant" });
  });

  it("does not rotate where it is told not to", async () => {
    const { refresh } = await prepared(inject("realProviderNotRotating"));
    for (let i = 0; i < 3; i++) {
      const reply = await refresh();
      expect(reply.newRefreshToken).toBeNull();
      expect(await reply.judge()).toMatchObject({ outcome: "granted", token_type: "Bearer" });
    }
  });

  it("binds access tokens to audiences", async () => {
    const audiences = ["https://a.example", "https://b.example"];
    const scopes = ["openid", "storage.read"];
    const { refresh } = await prepared(inject("realProviderNotRotating"), { audiences, scopes });
    const one = await (await refresh({ audiences: ["https://b.example"], scopes: ["storage.read"] })).judge();
    expect(one.outcome === "granted" && claimsOfJwt(one.access_token)?.["aud"]).toBe("https://b.example");
    const other = await (await refresh({ audiences: ["https://c.example"] })).judge();
    expect(other).toMatchObject({ outcome: "refused", error: "invalid_target" });
  });

  it("revokes", async () => {
    const { provider, server, refresh, refresh_token: refreshToken } = await prepared(inject("realProvider"));
    expect(await revokeAtProvider(provider, server.revocation_endpoint ?? null, refreshToken)).toBe(true);
    expect(await (await refresh()).judge()).toMatchObject({ outcome: "refused", error: "invalid_grant" });
  });
});
