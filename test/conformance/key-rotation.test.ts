/** The runbooks of docs/DEPLOY.md for secrets: a new signing key beside old ones, and what another pepper ends. */
import { createExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { decodeProtectedHeader, exportJWK, generateKeyPair, type JWK } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { app } from "../../src/app.ts";
import { base64url } from "../../src/crypto/encoding.ts";
import { randomBytes } from "../../src/crypto/random.ts";
import { ISSUER } from "../fixtures/addresses.mjs";
import { answerOf, post } from "../fixtures/client.ts";
import { configure, newToken, type TestToken } from "../fixtures/tokens.ts";

const [old] = JSON.parse(String(env["SIGNING_KEYS"])) as [JWK];
const { d: _, ...oldPublic } = old;

let fresh: JWK;
let token: TestToken;

beforeEach(async () => {
  const { privateKey } = await generateKeyPair("ES384", { extractable: true });
  fresh = { ...(await exportJWK(privateKey)), alg: "ES384" };
  token = await newToken("plain", { capabilities: ["AT", "create_mytoken"], rotation: { on_other: true } });
});

/** A post to the Worker as it is after a deployment with other secrets; objects restart with them. */
async function postWith(settings: Record<string, string>, path: string, body: object) {
  await configure(token.object, settings);
  const request = new Request(ISSUER + path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "CF-Connecting-IP": token.from.address ?? "" },
    body: JSON.stringify(body),
  });
  return answerOf(await app.fetch(request, { ...env, ...settings }, createExecutionContext()));
}

function exchangeWith(keys: readonly JWK[], mytoken = token.text) {
  return postWith({ SIGNING_KEYS: JSON.stringify(keys) }, "/api/v0/token/access", { grant_type: "mytoken", mytoken });
}

async function keysShown(keys: readonly JWK[]): Promise<JWK[]> {
  const settings = { ...env, SIGNING_KEYS: JSON.stringify(keys) } as Env;
  const response = await app.fetch(new Request(`${ISSUER}/jwks`), settings, createExecutionContext());
  return (await response.json<{ keys: JWK[] }>()).keys;
}

describe("signing-key rotation", () => {
  it("a token of the old key is good while the old key stands second, private or public", async () => {
    expect((await exchangeWith([old])).status).toBe(200);
    expect((await exchangeWith([fresh, old])).status).toBe(200);
    expect((await exchangeWith([fresh, oldPublic])).status).toBe(200);
  });

  it("a token of the new key is good before every place signs with it", async () => {
    const keys = JSON.stringify([fresh, old]);
    const subtoken = { grant_type: "mytoken", mytoken: token.text };
    const made = await postWith({ SIGNING_KEYS: keys }, "/api/v0/token/my", subtoken);
    expect(made.status).toBe(200);
    // Step 1 of the runbook: the new public key is everywhere before its private half signs anywhere.
    const { d: __, ...freshPublic } = fresh;
    const { status } = await exchangeWith([old, freshPublic], String(made.body["mytoken"]));
    expect(status).toBe(200);
  });

  it("successors are signed by the new key, and the old one only verifies", async () => {
    const keys = JSON.stringify([fresh, oldPublic]);
    const asked = { grant_type: "mytoken", mytoken: token.text };
    const { status, body } = await postWith({ SIGNING_KEYS: keys }, "/api/v0/token/my", asked);
    expect(status).toBe(200);
    const update = body["token_update"] as { mytoken: string };
    const [shown] = await keysShown([fresh, oldPublic]);
    for (const text of [String(body["mytoken"]), update.mytoken]) {
      expect(JSON.parse(atob(text.split(".")[0] ?? ""))).toMatchObject({ kid: shown?.kid });
    }
    expect((await exchangeWith([fresh, oldPublic], update.mytoken)).status).toBe(200);
  });

  it.each(["ES256", "ES512", "PS256", "PS384", "PS512"])(
    "moves to %s: tokens of the old algorithm stay good, new ones are signed by the other",
    async (alg) => {
      const { privateKey } = await generateKeyPair(alg, { extractable: true });
      const keys = [{ ...(await exportJWK(privateKey)), alg }, oldPublic];
      const asked = { grant_type: "mytoken", mytoken: token.text };
      const { status, body } = await postWith({ SIGNING_KEYS: JSON.stringify(keys) }, "/api/v0/token/my", asked);
      expect(status).toBe(200);
      const update = body["token_update"] as { mytoken: string };
      for (const text of [String(body["mytoken"]), update.mytoken]) {
        expect(decodeProtectedHeader(text).alg).toBe(alg);
        expect((await exchangeWith(keys, text)).status).toBe(200);
        // Without its key it is no token: the old key's algorithm does not stand in for it.
        expect((await exchangeWith([old], text)).status).toBe(401);
      }
      expect(decodeProtectedHeader(token.text).alg).toBe("ES384");
      expect((await keysShown(keys)).map((key) => key.alg)).toEqual([alg, "ES384"]);
    },
  );

  it("/jwks shows both, the signing one first, and no private part", async () => {
    const shown = await keysShown([fresh, old]);
    expect(shown.map(({ x }) => x)).toEqual([fresh.x, old.x]);
    expect(shown.every((key) => key.d === undefined)).toBe(true);
  });

  it("ends the old tokens only when the public half goes", async () => {
    const { status, body } = await exchangeWith([fresh]);
    expect(status).toBe(401);
    expect(body).toMatchObject({ error: "invalid_token" });
    expect((await exchangeWith([fresh, oldPublic])).status).toBe(200);
  });
});

describe("another pepper", () => {
  it("makes short tokens, transfer codes and running logins unknown, and leaves mytokens alone", async () => {
    const PEPPER = base64url(randomBytes(32));
    const short = { grant_type: "mytoken", mytoken: token.text, response_type: "short_token" };
    const { body } = await post("/api/v0/token/my", short, token.from);
    const { mytoken: jwt } = body["token_update"] as { mytoken: string };
    const { body: transfer } = await post("/api/v0/token/transfer", { mytoken: jwt }, token.from);
    const start = { grant_type: "oidc_flow", oidc_issuer: String(JSON.parse(String(env["PROVIDERS"]))[0].issuer) };
    const { body: flow } = await post("/api/v0/token/my", { ...start, client_type: "native" }, token.from);

    const access = (mytoken: unknown) =>
      postWith({ PEPPER }, "/api/v0/token/access", { grant_type: "mytoken", mytoken });
    expect((await access(body["mytoken"])).status).toBe(401);
    const code = { grant_type: "transfer_code", transfer_code: transfer["transfer_code"] };
    expect((await postWith({ PEPPER }, "/api/v0/token/my", code)).status).toBe(401);
    const poll = { grant_type: "polling_code", polling_code: flow["polling_code"] };
    expect((await postWith({ PEPPER }, "/api/v0/token/my", poll)).status).toBe(401);
    expect((await access(jwt)).status).toBe(200);
  });
});
