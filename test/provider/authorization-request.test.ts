import { describe, expect, it } from "vitest";
import { authorizationUrl } from "../../src/provider/authorization-request.ts";
import { fakeIssuer, settingsOf } from "../fixtures/fake-control.ts";
import vectors from "../vectors/vectors-audience-enforced.json";

const base = settingsOf(fakeIssuer("plain"));

function urlFor(changes: object, settings: object = {}) {
  return authorizationUrl({
    provider: { ...base, client_id: "id", ...settings },
    authorizationEndpoint: "https://op.example/authorize",
    redirectUri: "https://mytoken.example/redirect",
    scopes: ["openid", "profile"],
    audiences: [],
    state: "the state",
    nonce: "the nonce",
    codeVerifier: "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    ...changes,
  });
}

describe("authorizationUrl", () => {
  it("sends sorted parameters, a challenge (the example of RFC 7636 appendix B) and a nonce", async () => {
    const url = await urlFor({});
    expect(url).toBe(
      "https://op.example/authorize?client_id=id&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" +
        "&code_challenge_method=S256&nonce=the+nonce&prompt=consent" +
        "&redirect_uri=https%3A%2F%2Fmytoken.example%2Fredirect&response_type=code" +
        "&scope=openid+profile+offline_access&state=the+state",
    );
  });

  it("sorts audience parameters among the others", async () => {
    const { searchParams } = new URL(await urlFor({ audiences: ["b", "a"] }));
    const names = [...searchParams.keys()];
    expect(names).toEqual(names.toSorted());
    expect(searchParams.getAll("resource")).toEqual(["b", "a"]);
  });

  it("keeps the query of the endpoint", async () => {
    const url = await urlFor({ authorizationEndpoint: "https://op.example/authorize?tenant=1" });
    expect(url).toMatch(/^https:\/\/op\.example\/authorize\?tenant=1&client_id=id&/);
  });

  it("asks Google for offline access in its own way", async () => {
    for (const issuer of ["https://accounts.google.com", "https://accounts.google.com/"]) {
      const { searchParams } = new URL(await urlFor({ scopes: ["profile", "offline_access"] }, { issuer }));
      expect(searchParams.get("scope")).toBe("profile openid");
      expect(searchParams.get("access_type")).toBe("offline");
    }
    const elsewhere = new URL(await urlFor({}, { issuer: "https://accounts.google.com.example" }));
    expect(elsewhere.searchParams.has("access_type")).toBe(false);
  });

  // The union over clauses is made elsewhere; here are its results.
  it.each(vectors.authorizationRequest)("$name", async ({ issuer, providerScopes, clauses, audience, ...vector }) => {
    const expected: Record<string, unknown> = vector.recommended ?? vector.expected;
    const scopes = clauses.flatMap((clause) => ("scope" in clause && clause.scope ? clause.scope.split(" ") : []));
    const audiences = clauses.flatMap((clause) => ("audience" in clause && clause.audience ? clause.audience : []));
    const url = await urlFor(
      { scopes: scopes.length > 0 ? [...new Set(scopes)] : providerScopes, audiences },
      { issuer, audience },
    );
    const { searchParams } = new URL(url);
    expect(searchParams.get("scope")).toBe(expected["scope"]);
    expect(searchParams.getAll("resource")).toEqual(expected["resource"] ?? []);
    expect(searchParams.getAll("audience")).toEqual(expected["audience"] ?? []);
  });
});
