import { createPublicKey, verify } from "node:crypto";
import { expect, it } from "vitest";
import { rootToken, subtoken } from "../login.ts";
import { issuer, providerIssuer } from "../server.ts";
import { type Answer, type Body, claimsOf, send } from "../wire.ts";
import { ACCESS, get, MY, post, postForm, REVOKE, TOKENINFO } from "./requests.ts";

const ENDPOINTS = [
  "access_token_endpoint",
  "token_endpoint",
  "mytoken_endpoint",
  "tokeninfo_endpoint",
  "revocation_endpoint",
  "usersettings_endpoint",
  "token_transfer_endpoint",
  "notifications_endpoint",
  "profiles_endpoint",
];

export function allClientsRows(): void {
  it("clients §6.1: one configuration at two addresses, at the root, with absolute addresses", async () => {
    const [own, openid] = await Promise.all([
      get("/.well-known/mytoken-configuration"),
      get("/.well-known/openid-configuration"),
    ]);
    expect([own.status, openid.status]).toEqual([200, 200]);
    expect(openid.body).toEqual(own.body);
    expect(own.body["issuer"]).toBe(issuer());
    expect(own.body["token_endpoint"]).toBe(own.body["access_token_endpoint"]);
  });

  it("clients §6.2: every endpoint is named, and answers in JSON whether it is built or not", async () => {
    const { body } = await get("/.well-known/mytoken-configuration");
    for (const name of ENDPOINTS) {
      const address = body[name];
      expect([name, address]).toEqual([name, expect.stringMatching(`^${issuer()}/`)]);
      const answer = await send(String(address), { method: "POST", headers: { "Content-Type": "application/json" } });
      expectError(name, answer);
    }
    const [provider] = body["providers_supported"] as Body[];
    expect(provider).toEqual({
      issuer: providerIssuer(),
      name: expect.any(String),
      scopes_supported: expect.arrayContaining(["openid"]),
    });
  });

  it("clients §6.3: errors are JSON with a description, whatever goes wrong", async () => {
    const json = { "Content-Type": "application/json" };
    const wrong: readonly (readonly [number, string, string, string, Record<string, string>])[] = [
      [404, "GET", "/nowhere", "", { Accept: "application/json" }],
      [404, "GET", "/api/v0/nowhere", "", {}],
      [404, "PUT", MY, "{}", json],
      [404, "GET", ACCESS, "null\n", {}],
      [413, "POST", MY, `{"name":"${"x".repeat(5_000_000)}"}`, json],
      [415, "POST", MY, "{}", { ...json, "Content-Encoding": "gzip" }],
      [400, "POST", MY, "{", json],
      [400, "POST", MY, "[]", json],
      [400, "POST", MY, "{}", json],
      [400, "POST", ACCESS, "{}", json],
      [400, "POST", TOKENINFO, '{"action":"nothing"}', json],
      [401, "POST", TOKENINFO, "{}", json],
      [401, "POST", "/c", `{"oidc_issuer":"${providerIssuer()}"}`, json],
      [401, "GET", "/api/v0/settings/grants", "", { Authorization: "Bearer nothing" }],
    ];
    for (const [status, method, path, body, headers] of wrong) {
      const answer = await send(issuer() + path, { method, headers, body });
      expect([path, answer.status]).toEqual([path, status]);
      expectError(path, answer);
    }
  });

  it("clients §6.4: JSON and forms, any Accept; null, empty and unknown fields do not count", async () => {
    const mytoken = await rootToken({});
    const empty = { oidc_issuer: "", scope: "", audience: null, comment: "", nobody_knows: { this: [] } };
    const fields = { grant_type: "mytoken", mytoken };
    expect((await post(ACCESS, { ...fields, ...empty })).status).toBe(200);
    expect((await postForm(ACCESS, { ...fields, issuer: "", scope: "", audience: "", other: "x" })).status).toBe(200);
    for (const accept of ["text/plain", "image/png", "*/*"]) {
      const headers = { Accept: accept, "Content-Type": "application/json" };
      const answer = await send(issuer() + ACCESS, { method: "POST", headers, body: JSON.stringify(fields) });
      expect([accept, answer.status, typeof answer.body["access_token"]]).toEqual([accept, 200, "string"]);
    }
    for (const path of ["/.well-known/mytoken-configuration", "/api/v0/settings", "/api/v0/pt"]) {
      const answer = await send(issuer() + path, { method: "GET", body: "null\n" });
      expect([path, answer.status]).toEqual([path, 200]);
    }
    expect((await postForm(REVOKE, { token: mytoken, mom_id: "", recursive: "" })).status).toBe(204);
  });

  it("clients §6.5: mytokens are JWTs that Go clients recognise, and short tokens stand for them everywhere", async () => {
    const mytoken = await rootToken({ capabilities: ["AT", "tokeninfo", "create_mytoken", "settings"] });
    const [header = "", payload = "", signature = ""] = mytoken.split(".");
    // "Is it a JWT" works only for signatures of a multiple of three bytes (clients §1).
    expect(Buffer.from(signature, "base64url").length % 3).toBe(0);
    const { alg, kid } = JSON.parse(Buffer.from(header, "base64url").toString()) as Body;
    expect(alg).toMatch(/^ES(384|512)$/);
    expect(claimsOf(mytoken)).toMatchObject({ iss: issuer(), aud: issuer(), ver: "0.7", token_type: "mytoken" });
    const { keys } = (await get("/jwks")).body as { keys: Record<string, string>[] };
    const key = createPublicKey({ key: keys.find((key) => key["kid"] === kid) ?? {}, format: "jwk" });
    const options = { key, dsaEncoding: "ieee-p1363" } as const;
    const hash = alg === "ES512" ? "sha512" : "sha384";
    expect(verify(hash, Buffer.from(`${header}.${payload}`), options, Buffer.from(signature, "base64url"))).toBe(true);

    const short = await subtoken(mytoken, {
      response_type: "short_token",
      capabilities: ["AT", "tokeninfo", "create_mytoken", "settings"],
    });
    const bearer = { Authorization: `Bearer ${short}` };
    const uses = [
      post(ACCESS, { grant_type: "mytoken", mytoken: short }),
      postForm(ACCESS, { grant_type: "refresh_token", refresh_token: short }),
      post(MY, { grant_type: "mytoken", mytoken: short }),
      post(TOKENINFO, { action: "introspect", mytoken: short }),
      post("/api/v0/token/transfer", { mytoken: short }),
      get("/api/v0/settings/grants", bearer),
      get("/api/v0/settings/email", bearer),
      get("/api/v0/settings/tags", bearer),
    ];
    expect((await Promise.all(uses)).map(({ status }) => status)).toEqual(uses.map(() => 200));
    expect((await post(REVOKE, { token: short })).status).toBe(204);
    expect((await post(ACCESS, { grant_type: "mytoken", mytoken: short })).status).toBe(401);
  });

  it("clients §6.16: the Python library finds its four endpoints at the root; revocation answers 204", async () => {
    const { body } = await get("/.well-known/mytoken-configuration");
    for (const name of ["access_token", "revocation", "tokeninfo", "token_transfer"]) {
      expect(body[`${name}_endpoint`]).toMatch(/^http/);
    }
    expect(await post(REVOKE, { token: await rootToken({}), recursive: false })).toMatchObject({
      status: 204,
      text: "",
    });
  });
}

function expectError(where: string, { status, headers, body }: Answer): void {
  const type = String(headers["content-type"]).split(";")[0];
  expect({ where, status: status >= 400, type, ...body }).toEqual({
    where,
    status: true,
    type: "application/json",
    error: expect.stringMatching(/./),
    error_description: expect.stringMatching(/./),
  });
}
