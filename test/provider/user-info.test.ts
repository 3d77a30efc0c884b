import { describe, expect, it } from "vitest";
import { claimsFromSource } from "../../src/provider/claim-source.ts";
import { claimsOfJwt } from "../../src/provider/jwt-claims.ts";
import { userInfo } from "../../src/provider/user-info.ts";
import { fakeIssuer, fakeLog, script, someUser, type Step } from "../fixtures/fake-control.ts";
import { limit, loggedIn } from "./login.ts";

async function prepared(endpoint: string, steps: readonly Step[], trait = "slim") {
  const user = someUser();
  const { provider, server, access_token: accessToken } = await loggedIn(fakeIssuer(trait), user);
  await script(trait, user, steps, endpoint);
  return { user, provider, server, accessToken, subject: user, signal: limit(300) };
}

const FAULTS: [string, Step][] = [
  ["HTML", { answer: { status: 200, body: "<p>" } }],
  ["a list", { answer: { status: 200, body: "[]", type: "application/json" } }],
  ["status 500", { answer: { status: 500, body: {} } }],
  ["a challenge", { answer: { status: 401, body: {}, headers: { "www-authenticate": "Bearer" } } }],
  ["a redirection", { answer: { status: 302, headers: { location: "/slim/jwks" } } }],
  ["a cut connection", { cut: true }],
  ["silence", { hang: true }],
  ["too much", { pad: 1_100_000 }],
];

describe("userInfo", () => {
  it("gives the claims", async () => {
    const request = await prepared("userinfo", []);
    expect(await userInfo(request)).toMatchObject({ sub: request.user, email: `${request.user}@example.org` });
    expect((await fakeLog("slim", request.user)).requests.at(-1)).toMatchObject({ userAgent: "mytoken-server" });
  });

  it.each<[string, Step]>([
    ["another subject", { change: { sub: "somebody-else" } }],
    ["no subject", { drop: ["sub"] }],
    ["a subject that is no text", { change: { sub: 5 } }],
    ...FAULTS,
  ])("has no claims for %s", async (_name, step) => {
    expect(await userInfo(await prepared("userinfo", [step]))).toBeNull();
  });

  it("has no claims where there is no endpoint", async () => {
    expect(await userInfo(await prepared("userinfo", [], "nouserinfo"))).toBeNull();
  });
});

describe("claimsFromSource", () => {
  const source = () => `${fakeIssuer("slim")}/claims`;

  it("gives the claims at an address", async () => {
    const request = await prepared("claims", []);
    const claims = await claimsFromSource({ ...request, source: source() });
    expect(claims).toEqual({ entitlements: [`${request.user}-entitlement`] });
    expect((await fakeLog("slim", request.user)).requests.at(-1)).toMatchObject({
      authorization: `Bearer ${request.accessToken}`,
      userAgent: "mytoken-server",
      accept: "application/json",
    });
  });

  it.each(FAULTS)("has no claims for %s", async (_name, step) => {
    expect(await claimsFromSource({ ...(await prepared("claims", [step])), source: source() })).toBeNull();
  });

  it("sends nothing without TLS where the provider is not one of development", async () => {
    const { provider, ...request } = await prepared("claims", []);
    const secured = { ...provider, issuer: "https://op.example" };
    expect(await claimsFromSource({ ...request, provider: secured, source: source() })).toBeNull();
    expect((await fakeLog("slim", request.user)).counts).not.toHaveProperty("claims");
  });
});

describe("claimsOfJwt", () => {
  it("reads JWTs and nothing else", async () => {
    const { access_token: accessToken } = await loggedIn(fakeIssuer("jwt"), someUser());
    expect(claimsOfJwt(accessToken)).toMatchObject({ aud: fakeIssuer("jwt") });
    for (const text of ["", "a.b.c", "opaque", "e30.W10.x"]) expect(claimsOfJwt(text)).toBeNull();
  });
});
