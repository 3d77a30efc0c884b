/** A copy of all storage is worth nothing (DESIGN §3, invariant 7): searched for secrets, and attacked with our own keys. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { compactDecrypt, importJWK, type JWK } from "jose";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { configOf } from "../../src/config/parse.ts";
import { fromBase64url } from "../../src/crypto/encoding.ts";
import { hmac, sha256 } from "../../src/crypto/hash.ts";
import { open, openUnderText } from "../../src/crypto/seal.ts";
import { openAsPoller } from "../../src/objects/authorization/polling-key.ts";
import { POLLING_KEY_PURPOSE } from "../../src/objects/authorization/schema.ts";
import { refreshTokenPurpose } from "../../src/objects/grant/schema.ts";
import { GRANT_KEY_PURPOSE, SHORT_TOKEN_PURPOSE, SUCCESSOR_PURPOSE } from "../../src/objects/mytoken/schema.ts";
import { decodeMytoken } from "../../src/signer/decode.ts";
import { signMytoken } from "../../src/signer/sign.ts";
import { ISSUER } from "../fixtures/addresses.mjs";
import { logIn } from "../fixtures/browser.ts";
import { approve, comeBack, exchange, finish, type StartedFlow } from "../fixtures/client.ts";
import { fakeIssuer, fakeLog, script } from "../fixtures/fake-control.ts";
import { dump, placesOf, type Stored } from "./dump.ts";
import { begin, flowIdIn, flowObject, flowRow, later, poll, runAlarms, stopClock } from "./inside.ts";

afterEach(() => {
  vi.useRealTimers();
});

type Bytes = Uint8Array<ArrayBuffer>;
/** Name → secret: what must not be found. */
type Secrets = Map<string, string | Bytes>;

interface Stage {
  readonly name: string;
  readonly stored: readonly Stored[];
  /** All that had come into being by then. */
  readonly secrets: ReadonlyMap<string, string | Bytes>;
}

/** A login of a token that rotates, with a copy of everything after each step. */
async function copiedLogin(): Promise<{ stages: Stage[]; flow: StartedFlow; texts: string[]; user: string }> {
  const stages: Stage[] = [];
  const secrets: Secrets = new Map();
  const copy = async (name: string) => stages.push({ name, stored: await dump(), secrets: new Map(secrets) });
  const issuer = fakeIssuer("rotating");
  const options = { issuer, request: { rotation: { on_AT: true, on_other: true }, name: "a name" } };
  // No UUID: those are looked for.
  const user = `victim-${crypto.randomUUID().slice(0, 8)}`;

  const flow = await begin(options);
  secrets.set("consent code", flow.consentPath.slice("/c/".length)).set("polling code", flow.pollingCode);
  secrets.set("secret half of the consent code", flow.consentPath.slice("/c/".length + 8));
  secrets.set("secret half of the polling code", flow.pollingCode.slice(8));
  await copy("pending");

  const { authorizationUri, cookie } = await approve(flow, options);
  secrets.set("login cookie", cookie.split("=")[1] ?? "");
  secrets.set("state", new URL(authorizationUri).searchParams.get("state") ?? "");
  await copy("consented");

  await script("rotating", user, [{ delay: 1500 }]);
  const back = await logIn(authorizationUri, user, `${ISSUER}/redirect`);
  secrets.set("authorization code", back.searchParams.get("code") ?? "");
  const returning = comeBack(back.pathname + back.search, cookie);
  await vi.waitUntil(async () => (await flowRow(flow))?.state === "exchanging", { timeout: 5000 });
  await copy("exchanging");
  expect((await flowRow(flow))?.state).toBe("exchanging");

  expect((await returning).status).toBe(303);
  const row = await flowRow(flow);
  const sealedKey = row?.sealed_private_key as ArrayBuffer;
  const first = (await openAsPoller(flow.pollingCode, sealedKey, row?.sealed_token ?? "")) ?? "";
  const addToken = (name: string, text: string) => {
    const { jti } = decodeMytoken(text);
    secrets.set(`JWT of ${name}`, text).set(`signature of ${name}`, text.split(".")[2] ?? "");
    secrets.set(`payload of ${name}`, text.split(".")[1] ?? "").set("jti", jti);
    secrets.set("jti without dashes", jti.replaceAll("-", ""));
    secrets.set(
      "jti as bytes",
      Uint8Array.from(jti.replaceAll("-", "").match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    );
  };
  addToken("the first generation", first);
  const momId = row?.mom_id ?? "";
  secrets.set("grant key", await grantKeyOf(momId, first));
  const addRefreshTokens = async () => {
    const { families } = await fakeLog("rotating", user);
    for (const [index, token] of (families[0]?.refreshTokens ?? []).entries())
      secrets.set(`refresh token ${index}`, token);
  };
  await addRefreshTokens();
  await copy("fulfilled");

  const collected = await poll(flow);
  expect(collected.body["mytoken"]).toBe(first);
  await copy("collected");

  const exchanged = await exchange(first);
  expect(exchanged.status).toBe(200);
  secrets.set("access token", String(exchanged.body["access_token"]));
  const second = String((exchanged.body["token_update"] as Record<string, unknown>)["mytoken"]);
  addToken("the second generation", second);
  await addRefreshTokens();
  expect(secrets.has("refresh token 1")).toBe(true);
  await copy("after an exchange that rotated both");

  later(400);
  await runAlarms(flowObject(flow));
  await copy("after the alarms");
  vi.useRealTimers();
  return { stages, flow, texts: [first, second], user };
}

/** The grant key, unwrapped with the token's text as its holder can. */
async function grantKeyOf(momId: string, text: string): Promise<Bytes> {
  const wrapped = await runInDurableObject(env.MYTOKEN.getByName(momId), (_, { storage }) =>
    storage.sql.exec<{ wrapped_key: ArrayBuffer }>("SELECT wrapped_key FROM token").one(),
  );
  const key = await openUnderText(text, new Uint8Array(wrapped.wrapped_key), GRANT_KEY_PURPOSE);
  if (key === null) throw new Error("the token does not open its own key");
  return key;
}

let login: Awaited<ReturnType<typeof copiedLogin>>;
beforeAll(async () => {
  login = await copiedLogin();
}, 30_000);

const STAGES = [
  "pending",
  "consented",
  "exchanging",
  "fulfilled",
  "collected",
  "after an exchange that rotated both",
  "after the alarms",
];

describe("the search", () => {
  const planted = (value: Stored["value"]): Stored[] => [{ place: "here", value }];
  const bytesOf = (text: string) => new TextEncoder().encode(text) as Bytes;
  const SECRET = "fake-rt-0123456789abcdef";

  it.each<[string, Stored["value"]]>([
    ["as it is", `x${SECRET}y`],
    ["as bytes", bytesOf(`\u0000${SECRET}`)],
    ["as base64", btoa(SECRET)],
    ["in base64 of something longer, shifted by 1", btoa(`x${SECRET}yz`)],
    ["in base64 of something longer, shifted by 2", btoa(`xx${SECRET}yz`)],
    ["in base64url inside JSON", JSON.stringify({ a: [btoa(`{"t":"${SECRET}"}`).replaceAll("=", "")] })],
    ["as hex", Array.from(bytesOf(SECRET), (byte) => byte.toString(16)).join("")],
    ["as capital hex", Array.from(bytesOf(SECRET), (byte) => byte.toString(16).toUpperCase()).join("")],
    ["as bytes of base64", bytesOf(btoa(SECRET))],
  ])("finds a planted secret %s", (_, value) => {
    expect(placesOf(SECRET, planted(value))).toEqual(["here"]);
  });

  it("finds planted bytes, and not what is not there", () => {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    expect(placesOf(bytes, planted(new Uint8Array([1, ...bytes, 2])))).toEqual(["here"]);
    expect(placesOf(bytes, planted(btoa(String.fromCharCode(...bytes))))).toEqual(["here"]);
    expect(placesOf(bytes, planted("x".repeat(1000)))).toEqual([]);
  });

  it("reaches every store: a secret planted in each of them is found there", async () => {
    const secret = `planted-${crypto.randomUUID()}`;
    const stub = flowObject(await begin());
    await runInDurableObject(stub, (_, { storage }) => storage.sql.exec("UPDATE flow SET redirect_uri = ?", secret));
    await runInDurableObject(env.MYTOKEN.getByName("planted"), (_, { storage }) => storage.put("key", { secret }));
    await runInDurableObject(env.GRANT.getByName("planted"), (_, { storage }) => {
      storage.sql.exec("CREATE TABLE planted (value BLOB)");
      storage.sql.exec("INSERT INTO planted VALUES (?)", new TextEncoder().encode(btoa(`..${secret}`)).buffer);
    });
    await env.DIRECTORY.prepare(
      "INSERT INTO users (owner, oidc_sub, oidc_iss, email, created) VALUES (?, 'x', 'x', NULL, 0)",
    )
      .bind(secret)
      .run();
    await env.CODES.put("planted", `<${secret}>`);
    const places = placesOf(secret, await dump());
    expect(new Set(places.map((place) => place.split(" ")[0]))).toEqual(
      new Set(["AUTHORIZATION", "D1", "GRANT", "KV", "MYTOKEN"]),
    );
    await env.CODES.delete("planted");
    await env.DIRECTORY.prepare("DELETE FROM users WHERE owner = ?").bind(secret).run();
    await runInDurableObject(stub, (_, { storage }) => storage.deleteAll());
    await runInDurableObject(env.MYTOKEN.getByName("planted"), (_, { storage }) => storage.deleteAll());
    await runInDurableObject(env.GRANT.getByName("planted"), (_, { storage }) => storage.deleteAll());
  });

  it("has something to search in: at each stage the flow, and at the end grant, token, D1 and KV", () => {
    for (const { name, stored } of login.stages) {
      expect(
        stored.some(({ place }) => place.startsWith("AUTHORIZATION") && place.endsWith("flow.state")),
        name,
      ).toBe(true);
    }
    const places = login.stages.find(({ name }) => name === "after an exchange that rotated both")?.stored ?? [];
    for (const part of ["sealed_refresh_token", "wrapped_key", "sealed_successor", "D1 tokens.mom_id", "KV provider"]) {
      expect(
        places.some(({ place }) => place.includes(part)),
        part,
      ).toBe(true);
    }
    expect(login.stages.map(({ name }) => name)).toEqual(STAGES);
  });
});

describe.each(STAGES)("a copy of everything, %s,", (name) => {
  it("holds no refresh token, no token, no jti, no code, no cookie and no key, in whatever form", () => {
    const stage = login.stages.find((one) => one.name === name);
    const all = login.stages.at(-1)?.secrets ?? new Map();
    expect(all.size).toBeGreaterThanOrEqual(18);
    for (const [what, secret] of all) expect([what, placesOf(secret, stage?.stored ?? [])]).toEqual([what, []]);
  });

  it("holds nothing that looks like a token, a jti or a refresh token of anybody", () => {
    const stage = login.stages.find((one) => one.name === name);
    for (const { place, value } of stage?.stored ?? []) {
      const text = typeof value === "string" ? value : new TextDecoder("latin1").decode(value);
      expect(text, place).not.toMatch(/fake-rt-|fake-code-|fake-at-|mts_[0-9A-Za-z]{20}/);
      // Ids of templates are UUIDs too.
      if (place !== "D1 templates.id") {
        expect(text, place).not.toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/);
      }
      // JWE of the poller's token have an empty second part; JWS have not.
      expect(text, place).not.toMatch(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{20,}/);
    }
  });
});

/** Everything that a thief has in hand beside the copy. */
function stolenKeys(): readonly (string | Bytes)[] {
  const config = configOf(env);
  const keys = config.signingKeys.flatMap((key) => [JSON.stringify(key), ...Object.values(key).map(String)]);
  const numbers = config.signingKeys.flatMap((key) => ("d" in key && key.d ? [fromBase64url(key.d)] : []));
  const texts = [String(env["SIGNING_KEYS"]), String(env["PEPPER"]), String(env["PROVIDER_SECRETS"])];
  const clients = config.providers.map((provider) => provider.client_secret);
  return [...keys, ...numbers, ...texts, config.pepper, ...clients];
}

const PURPOSES = [GRANT_KEY_PURPOSE, SUCCESSOR_PURPOSE, SHORT_TOKEN_PURPOSE, POLLING_KEY_PURPOSE, "transfer code", ""];

const isSealed = ({ place }: Stored) => /\.(wrapped_key|sealed_\w+)$/.test(place);
const text = (value: string | Bytes) => (typeof value === "string" ? value : new TextDecoder("latin1").decode(value));

/** The sealed values that some candidate opens: as the text or the key that it is, or as what can be made of it. */
async function openable(
  stored: readonly Stored[],
  candidates: readonly (string | Bytes)[],
): Promise<readonly string[]> {
  const { pepper } = configOf(env);
  const grants = stored.filter(({ place }) => place.endsWith("login.grant_id")).map(({ value }) => text(value));
  const purposes = [...PURPOSES, ...grants.flatMap((id) => [1, 2].map((version) => refreshTokenPurpose(id, version)))];
  const opened = new Set<string>();
  const sealed = stored.filter(isSealed);
  for (const candidate of candidates) {
    const asText = text(candidate);
    const bytes = typeof candidate === "string" ? (new TextEncoder().encode(candidate) as Bytes) : candidate;
    const keys = [await sha256(bytes), await hmac(pepper, "", asText), ...(bytes.length === 32 ? [bytes] : [])];
    if (/^[\w-]{43}$/.test(asText)) keys.push(fromBase64url(asText));
    for (const { place, value } of sealed) {
      if (typeof value === "string") {
        if (await opensJwe(asText, value)) opened.add(place);
        continue;
      }
      for (const purpose of purposes) {
        if ((await openUnderText(asText, value, purpose)) !== null) opened.add(place);
        for (const key of keys) if ((await open(key, value, purpose)) !== null) opened.add(place);
      }
    }
  }
  return [...opened];
}

async function opensJwe(candidate: string, jwe: string): Promise<boolean> {
  try {
    const key = await importJWK(JSON.parse(candidate) as JWK, "ECDH-ES");
    await compactDecrypt(jwe, key);
    return true;
  } catch {
    return false;
  }
}

/** Every short text of the copy: hashes, ids, names, addresses, and what is inside of its JSON. */
function textsIn(stored: readonly Stored[]): readonly string[] {
  const texts = stored.filter((one) => !isSealed(one) && !one.place.startsWith("KV")).map(({ value }) => text(value));
  return [...new Set(texts)].filter((one) => one.length >= 4);
}

/** What of a stage belongs to this login; other tests of this file leave flows too. */
function own(stage: string): readonly Stored[] {
  return login.stages.find(({ name }) => name === stage)?.stored ?? [];
}

const SEALED_AT: Readonly<Record<string, readonly string[]>> = {
  fulfilled: ["flow.sealed_private_key", "flow.sealed_token", "login.sealed_refresh_token", "token.wrapped_key"],
  "after an exchange that rotated both": ["login.sealed_refresh_token", "token.wrapped_key", "token.sealed_successor"],
};

describe("with the signing key and the pepper in hand", () => {
  it.each(Object.keys(SEALED_AT))(
    "nothing of a copy opens, %s: not with them, nor with anything in the copy",
    async (stage) => {
      const stored = own(stage);
      const columns = stored.filter(isSealed).map(({ place }) => place.split(" ").at(-1));
      expect(new Set(columns)).toEqual(new Set(SEALED_AT[stage]));
      const known = textsIn(stored);
      const flowId = flowIdIn(login.flow);
      // Codes without their secret half, as far as the pepper can make them.
      const { pepper } = configOf(env);
      const made = await Promise.all(
        ["flow consent", "flow polling", "flow state"].map((label) => hmac(pepper, label, flowId)),
      );
      const candidates = [...stolenKeys(), ...known, ...made, ...known.map((one) => `${String(env["PEPPER"])}${one}`)];
      expect(candidates.length).toBeGreaterThan(80);
      expect(await openable(stored, candidates)).toEqual([]);
    },
    60_000,
  );

  it("the same claims signed again are another text, which opens nothing: not even with the jti known", async () => {
    const again = await Promise.all(login.texts.map((one) => signMytoken(configOf(env), decodeMytoken(one))));
    expect(login.texts).not.toContain(again[0]);
    for (const stage of Object.keys(SEALED_AT)) expect(await openable(own(stage), again)).toEqual([]);
  });

  it("what is thrown away is not needed: the first generation's text opens nothing but its successor", async () => {
    const places = await openable(own("after the alarms"), [login.texts[0] ?? ""]);
    expect(places.map((place) => place.split(".").at(-1))).not.toContain("wrapped_key");
    expect(places.map((place) => place.split(".").at(-1))).not.toContain("sealed_refresh_token");
  });
});

describe("the attack itself works (control):", () => {
  it("the token's text opens the wrapped key, and that the refresh token, which is the provider's", async () => {
    const stored = own("fulfilled");
    const [first = ""] = login.texts;
    const places = await openable(stored, [first]);
    expect(places.map((place) => place.split(".").at(-1))).toEqual(["wrapped_key"]);
    const wrapped = stored.find(({ place }) => place.endsWith("token.wrapped_key"))?.value as Bytes;
    const grantKey = (await openUnderText(first, wrapped, GRANT_KEY_PURPOSE)) as Bytes;
    expect((await openable(stored, [grantKey])).map((place) => place.split(".").at(-1))).toEqual([
      "sealed_refresh_token",
    ]);
    const sealed = stored.find(({ place }) => place.endsWith("login.sealed_refresh_token"))?.value as Bytes;
    const grantId = text(stored.find(({ place }) => place.endsWith("login.grant_id"))?.value ?? "");
    const refreshToken = await open(grantKey, sealed, refreshTokenPurpose(grantId, 1));
    const { families } = await fakeLog("rotating", login.user);
    expect(new TextDecoder().decode(refreshToken as Bytes)).toBe(families[0]?.refreshTokens[0]);
  });

  it("the polling code opens the poller's key, and that the token", async () => {
    const stored = own("fulfilled");
    const places = await openable(stored, [login.flow.pollingCode]);
    expect(places.map((place) => place.split(".").at(-1))).toEqual(["sealed_private_key"]);
    const sealedKey = stored.find(({ place }) => place.endsWith("flow.sealed_private_key"))?.value as Bytes;
    const jwk = (await openUnderText(login.flow.pollingCode, sealedKey, POLLING_KEY_PURPOSE)) as Bytes;
    expect((await openable(stored, [new TextDecoder().decode(jwk)])).map((place) => place.split(".").at(-1))).toEqual([
      "sealed_token",
    ]);
  });

  it("the predecessor's text opens its sealed successor within the grace, and the successor the key", async () => {
    const stored = own("after an exchange that rotated both");
    const [first = "", second = ""] = login.texts;
    expect((await openable(stored, [first])).map((place) => place.split(".").at(-1))).toEqual(["sealed_successor"]);
    expect((await openable(stored, [second])).map((place) => place.split(".").at(-1))).toEqual(["wrapped_key"]);
  });
});

describe("handed out in other forms", () => {
  it("a short token stands nowhere, and only its secret opens what is stored for it", async () => {
    const flow = await begin({ request: { response_type: "short_token" } });
    await finish(flow);
    const { body } = await poll(flow);
    const short = String(body["mytoken"]);
    expect(short).toMatch(/^mts_[0-9A-Za-z]{60}$/);
    const stored = (await dump()).filter(({ place }) => place.includes("MYTOKEN") || place.startsWith("KV"));
    const secret = short.slice(26, 58);
    for (const part of [short, short.slice(4), secret]) expect(placesOf(part, stored)).toEqual([]);
    const records = stored.filter(({ place }) => place.endsWith("short_token.sealed_text"));
    expect(records).toHaveLength(1);
    expect(await openable(records, [...stolenKeys(), ...textsIn(stored)])).toEqual([]);
    expect(await openable(records, [secret])).toHaveLength(1);
  }, 60_000);

  it("a transfer code stands nowhere, nor does the token that it is for", async () => {
    const flow = await begin({ request: { response_type: "transfer_code" } });
    await finish(flow);
    const { body } = await poll(flow);
    const code = String(body["transfer_code"]);
    expect(code).toMatch(/^[A-Za-z]{8}$/);
    const stored = await dump();
    expect(stored.some(({ place }) => place.startsWith("KV") && !place.includes("provider"))).toBe(true);
    expect(placesOf(code, stored)).toEqual([]);
    for (const { value } of stored) expect(text(value)).not.toMatch(/eyJ[\w-]+\.eyJ[\w-]+\.[\w-]{20,}/);
  });
});

it("the sealed refresh token opens for its own grant and version only", async () => {
  stopClock();
  const stored = own("fulfilled");
  const [first = ""] = login.texts;
  const wrapped = stored.find(({ place }) => place.endsWith("token.wrapped_key"))?.value as Bytes;
  const grantKey = (await openUnderText(first, wrapped, GRANT_KEY_PURPOSE)) as Bytes;
  const sealed = stored.find(({ place }) => place.endsWith("login.sealed_refresh_token"))?.value as Bytes;
  const grantId = text(stored.find(({ place }) => place.endsWith("login.grant_id"))?.value ?? "");
  expect(await open(grantKey, sealed, refreshTokenPurpose(grantId, 1))).not.toBeNull();
  expect(await open(grantKey, sealed, refreshTokenPurpose(grantId, 2))).toBeNull();
  expect(await open(grantKey, sealed, refreshTokenPurpose("A".repeat(22), 1))).toBeNull();
});
