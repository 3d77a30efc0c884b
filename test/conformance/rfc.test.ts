/** Demands of RFCs that no other test shows; the table is README.md here. */
import { beforeEach, describe, expect, it } from "vitest";
import { fromBase64url } from "../../src/crypto/encoding.ts";
import { ISSUER, REDIRECT_URI } from "../fixtures/addresses.mjs";
import { answerOf, approve, finish, poll, send, start } from "../fixtures/client.ts";
import { fakeLog, someUser } from "../fixtures/fake-control.ts";
import { eventsOf, exchangeOf, newToken, type TestToken } from "../fixtures/tokens.ts";
import { flowRow } from "../storage/inside.ts";

const FORM = "application/x-www-form-urlencoded";

/** A form post to an OAuth endpoint, as RFC 6749 §3.2 and RFC 7009 §2.1 have it. */
async function postForm(path: string, fields: Record<string, string> | [string, string][], from: TestToken["from"]) {
  const init = { method: "POST", body: new URLSearchParams(fields).toString(), headers: { "Content-Type": FORM } };
  return answerOf(await send(path, init, from));
}

describe("a login at the provider", () => {
  it("uses the code grant, the one redirect URI, and S256 with a verifier of the form of RFC 7636 §4.1", async () => {
    const user = someUser();
    const verifiers: string[] = [];
    for (let login = 0; login < 2; login++) {
      const flow = await start({ user });
      const { authorizationUri } = await approve(flow, { user });
      const { searchParams } = new URL(authorizationUri);
      expect(searchParams.get("response_type")).toBe("code");
      expect(searchParams.get("redirect_uri")).toBe(REDIRECT_URI);
      expect(searchParams.get("code_challenge_method")).toBe("S256");
      expect(searchParams.has("response_mode")).toBe(false);
      const again = await start({ user });
      expect((await finish(again, { user })).status).toBe(303);
    }
    const { requests } = await fakeLog("plain", user);
    for (const { form } of requests.filter(({ endpoint }) => endpoint === "token")) {
      const [verifier = ""] = form["code_verifier"] ?? [];
      expect(form["code_verifier"]).toHaveLength(1);
      expect(form["redirect_uri"]).toEqual([REDIRECT_URI]);
      expect(verifier).toMatch(/^[A-Za-z0-9._~-]{43,128}$/);
      verifiers.push(verifier);
    }
    expect(verifiers).toHaveLength(2);
    expect(new Set(verifiers).size).toBe(2);
  });

  it("comes back with 303, and no page that holds code or state refers to another site", async () => {
    const flow = await start();
    const back = await finish(flow);
    expect(back.status).toBe(303);
    const lost = await send("/redirect?code=C&state=S");
    for (const page of [lost, await send("/native")]) {
      expect(page.headers.get("Referrer-Policy")).toBe("no-referrer");
      expect(await page.text()).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
    }
    expect((await poll(flow)).status).toBe(200);
  });

  it("is answered in the browser without CORS: no script of another site reads it", async () => {
    const flow = await start();
    for (const path of [flow.consentPath, "/redirect?state=S", "/native"]) {
      const response = await send(path, { headers: { Origin: "https://evil.example" } });
      expect(response.headers.has("Access-Control-Allow-Origin")).toBe(false);
    }
  });
});

it("a login draws each verifier from 256 random bits: none of them stays as it was (RFC 7636 §7.1)", async () => {
  const flow = await start();
  const everSet = new Uint8Array(32);
  const everClear = new Uint8Array(32);
  for (let drawn = 0; drawn < 64; drawn++) {
    await approve(flow);
    const verifier = fromBase64url(String((await flowRow(flow))?.code_verifier));
    expect(verifier).toHaveLength(32);
    verifier.forEach((byte, at) => {
      everSet[at]! |= byte;
      everClear[at]! |= ~byte;
    });
  }
  expect([...everSet, ...everClear]).toEqual(Array(64).fill(255));
});

describe("a mytoken at the token endpoint", () => {
  let token: TestToken;

  beforeEach(async () => {
    token = await newToken("plain", { restrictions: [{ scope: "openid profile" }, { scope: "openid", usages_AT: 1 }] });
  });

  it.each([
    ["POST /api/v0/token/access", { grant_type: "mytoken" }, 401],
    ["POST /api/v0/token/my", { grant_type: "mytoken" }, 401],
    ["POST /api/v0/token/transfer", {}, 401],
    ["POST /api/v0/token/revoke", {}, 400],
    ["POST /api/v0/tokeninfo", { action: "introspect" }, 401],
    ["POST /api/v0/token/my/tags", { tag: "t" }, 401],
    ["GET /api/v0/settings/grants", null, 401],
    ["POST /api/v0/settings/grants", { grant_type: "mytoken" }, 401],
    ["GET /api/v0/settings/email", null, 401],
    ["GET /api/v0/settings/tags", null, 401],
  ])("is never taken from the URL: %s", async (endpoint, body, refused) => {
    const [method = "", path = ""] = endpoint.split(" ");
    const before = await eventsOf(token);
    for (const name of ["mytoken", "refresh_token", "access_token", "token"]) {
      const query = `?${name}=${token.text}&grant_type=mytoken`;
      const headers = { "Content-Type": "application/json" };
      const init = { method, ...(body && { headers, body: JSON.stringify(body) }) };
      expect((await send(path + query, init, token.from)).status, name).toBe(refused);
    }
    expect(await eventsOf(token)).toEqual(before);
    expect((await exchangeOf(token)).status).toBe(200);
  });

  it("gives what RFC 6749 §5.1 demands, headers included", async () => {
    const { status, headers, body } = await postForm(
      "/api/v0/token/access",
      { grant_type: "refresh_token", refresh_token: token.text, client_id: "any" },
      token.from,
    );
    expect(status).toBe(200);
    expect(headers.get("Content-Type")).toBe("application/json");
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Pragma")).toBe("no-cache");
    expect(body).toMatchObject({
      access_token: expect.any(String),
      token_type: "Bearer",
      expires_in: expect.any(Number),
    });
  });

  it("gives no scope beyond what was granted", async () => {
    const asked = { grant_type: "refresh_token", refresh_token: token.text, scope: "openid storage.write" };
    const { status, body } = await postForm("/api/v0/token/access", asked, token.from);
    expect(status).toBe(403);
    expect(body).toMatchObject({ error: "usage_restricted" });
  });

  it("sends each resource on to the provider, which judges it (RFC 8707)", async () => {
    const free = await newToken("jwt");
    const resources = ["https://one.example", "https://two.example"];
    const fields = [["grant_type", "mytoken"], ["mytoken", free.text], ...resources.map((one) => ["resource", one])];
    const { status } = await postForm("/api/v0/token/access", fields as [string, string][], free.from);
    expect(status).toBe(200);
    const { requests } = await fakeLog("jwt", free.user);
    expect(requests.at(-1)?.form["resource"]).toEqual(resources);
  });

  it.each(["no URI", "/relative", "https://one.example/#fragment"])(
    "sends a resource that RFC 8707 §2 does not admit on as it came: %s",
    async (resource) => {
      const free = await newToken("jwt");
      expect((await exchangeOf(free, { resource })).status).toBe(200);
      const { requests } = await fakeLog("jwt", free.user);
      expect(requests.at(-1)?.form["resource"]).toEqual([resource]);
    },
  );

  it("is refused in the characters of RFC 6749 §5.2", async () => {
    const fields = { grant_type: 'é"\\\u0000' };
    const { status, body } = await postForm("/api/v0/token/access", fields, token.from);
    expect(status).toBe(400);
    expect(String(body["error_description"])).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  });
});

describe("revocation as RFC 7009 has it", () => {
  const path = "/api/v0/token/revoke";

  it("takes a form with any hint, and is done when it is answered", async () => {
    for (const hint of ["refresh_token", "access_token", "no such type"]) {
      const token = await newToken("plain");
      const { status } = await postForm(path, { token: token.text, token_type_hint: hint }, token.from);
      expect(status).toBe(204);
      expect((await exchangeOf(token)).status).toBe(401);
    }
  });

  it("answers the same for a token that is invalid, unknown or revoked already", async () => {
    const token = await newToken("plain");
    await postForm(path, { token: token.text }, token.from);
    for (const text of [token.text, "x".repeat(64), `${token.text}x`]) {
      expect((await postForm(path, { token: text }, token.from)).status).toBe(204);
    }
  });

  it("refuses a request without a token", async () => {
    const { status, body } = await postForm(path, { token_type_hint: "refresh_token" }, { address: "192.0.2.9" });
    expect([status, body["error"]]).toEqual([400, "invalid_request"]);
  });

  it("is found through the metadata", async () => {
    const { body } = await answerOf(await send("/.well-known/openid-configuration"));
    expect(body["revocation_endpoint"]).toBe(ISSUER + path);
  });
});
