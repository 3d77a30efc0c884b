/** POST /api/v0/token/access: what is no good request, and what is no good token. Nothing of it spends anything. */
import { env } from "cloudflare:workers";
import { CompactSign, compactVerify, decodeJwt, importJWK, type JWK, type JWTPayload } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { momIdOf } from "../../src/token/ids.ts";
import { type Answer, answerOf, post, send } from "../fixtures/client.ts";
import {
  countedToken,
  eventsOf,
  exchangeOf,
  refreshesOf,
  tablesOf,
  type TestToken,
  usesOf,
} from "../fixtures/tokens.ts";

const PATH = "/api/v0/token/access";
/** Loopback is not counted among strangers, however many bad tokens come from there. */
const HERE = { address: "127.0.0.1" };

let token: TestToken;
let untouched: object;

/** What a use would change. */
async function traces(): Promise<object> {
  return { uses: await usesOf(token), events: await eventsOf(token), refreshes: await refreshesOf(token) };
}

beforeAll(async () => {
  token = await countedToken("plain");
  untouched = await traces();
});

/** The answer is this refusal, told as JSON that nobody stores, and nothing was spent. */
async function expectRefused(answer: Answer, status: number, error: string, description = /./): Promise<void> {
  expect([answer.status, answer.body]).toEqual([
    status,
    { error, error_description: expect.stringMatching(description) },
  ]);
  expect(answer.headers.get("Content-Type")).toMatch(/^application\/json/);
  expect(await traces()).toEqual(untouched);
}

/** A request with a body and headers as they are given. */
async function raw(body: BodyInit, headers: Record<string, string>): Promise<Answer> {
  return answerOf(await send(PATH, { method: "POST", body, headers }, HERE));
}

const JSON_TYPE = { "Content-Type": "application/json" };

describe("members of a wrong type: 400", () => {
  it.each<[string, Record<string, unknown>]>([
    ["grant_type a number", { grant_type: 1 }],
    ["grant_type a list", { grant_type: ["mytoken"] }],
    ["mytoken a number", { mytoken: 1e64 }],
    ["mytoken an object", { mytoken: { text: "x" } }],
    ["mytoken a list", { mytoken: ["x".repeat(64)] }],
    ["mytoken false", { mytoken: false }],
    ["refresh_token a number", { refresh_token: 1 }],
    ["scope a list", { scope: ["openid"] }],
    ["scope an object", { scope: {} }],
    ["audience a list", { audience: ["https://a.example"] }],
    ["resource a number", { resource: 1 }],
    ["resource a list of numbers", { resource: [1] }],
    ["oidc_issuer a list", { oidc_issuer: [] }],
    ["comment a number", { comment: 1 }],
  ])("%s", async (_name, members) => {
    await expectRefused(await exchangeOf(token, members), 400, "invalid_request");
  });
});

describe("grant types that are none here: 400", () => {
  it.each(["oidc_flow", "polling_code", "transfer_code", "", undefined])(
    "%s: a grant of another endpoint, or none",
    async (grantType) => {
      await expectRefused(await exchangeOf(token, { grant_type: grantType }), 400, "invalid_grant");
    },
  );

  it.each(["password", "MYTOKEN", "mytoken ", "__proto__", "urn:ietf:params:oauth:grant-type:token-exchange"])(
    "%j: unknown",
    async (grantType) => {
      await expectRefused(await exchangeOf(token, { grant_type: grantType }), 400, "invalid_request", /GrantType/);
    },
  );

  it("in a form as well", async () => {
    const form = (grantType: string) => new URLSearchParams({ grant_type: grantType, mytoken: token.text });
    await expectRefused(await raw(form("password"), {}), 400, "invalid_request");
    await expectRefused(await raw(form("oidc_flow"), {}), 400, "invalid_grant");
  });
});

describe("bodies that cannot be read", () => {
  const good = () => JSON.stringify({ grant_type: "mytoken", mytoken: token.text });

  it.each<[string, () => string, Record<string, string>, number]>([
    ["nothing", () => "", JSON_TYPE, 400],
    ["no JSON", () => "{grant_type", JSON_TYPE, 400],
    ["something after the JSON", () => `${good()} x`, JSON_TYPE, 400],
    ["a list", () => `[${good()}]`, JSON_TYPE, 400],
    ["a text", () => JSON.stringify(good()), JSON_TYPE, 400],
    ["a number", () => "5", JSON_TYPE, 400],
    ["lists 10,000 deep", () => `{"a":${"[".repeat(10_000)}${"]".repeat(10_000)}}`, JSON_TYPE, 400],
    ["objects 33 deep", () => good().replace("{", `{"x":${'{"a":'.repeat(32)}1${"}".repeat(32)},`), JSON_TYPE, 400],
    ["no content type that is understood", good, { "Content-Type": "text/plain" }, 400],
    ["a broken multipart form", () => "--x\r\nContent", { "Content-Type": "multipart/form-data; boundary=x" }, 400],
    ["compressed", good, { ...JSON_TYPE, "Content-Encoding": "gzip" }, 415],
    ["compressed in two ways", good, { ...JSON_TYPE, "Content-Encoding": "identity, br" }, 415],
  ])("%s: %#", async (_name, body, headers, status) => {
    await expectRefused(await raw(body(), headers), status, "invalid_request");
  });

  it("bytes that are no UTF-8", async () => {
    const bytes = new TextEncoder().encode(good());
    bytes[2] = 0xff;
    await expectRefused(await raw(bytes, JSON_TYPE), 400, "invalid_request");
  });

  it("too long, as declared: 413", async () => {
    const long = JSON.stringify({ grant_type: "mytoken", mytoken: token.text, comment: "x".repeat(65_536) });
    await expectRefused(await raw(long, JSON_TYPE), 413, "invalid_request");
    await expectRefused(
      await raw(`mytoken=${token.text}&a=${"x".repeat(65_536)}`, {
        "Content-Type": "application/x-www-form-urlencoded",
      }),
      413,
      "invalid_request",
    );
  });

  it("too long, as it is streamed: 413, and no more is read", async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1024;
        controller.enqueue(new TextEncoder().encode(sent === 1024 ? good().padEnd(1024) : " ".repeat(1024)));
        if (sent >= 4 * 1024 * 1024) controller.close();
      },
    });
    await expectRefused(await raw(body, JSON_TYPE), 413, "invalid_request");
    expect(sent).toBeLessThan(1024 * 1024);
  });
});

describe("names with a meaning of their own in JavaScript are names that nobody knows", () => {
  it.each(["__proto__", "constructor", "prototype", "toString"])("%s", async (name) => {
    const members = `"${name}":{"mytoken":${JSON.stringify(token.text)},"grant_type":"mytoken"}`;
    await expectRefused(
      await raw(`{"grant_type":"mytoken",${members}}`, JSON_TYPE),
      401,
      "invalid_token",
      /no mytoken found/,
    );
    await expectRefused(await raw(`{${members}}`, JSON_TYPE), 400, "invalid_grant");
  });

  it("they do no harm to a good request", async () => {
    const other = await countedToken("plain");
    const body = `{"__proto__":{"scope":1},"grant_type":"mytoken","mytoken":${JSON.stringify(other.text)}}`;
    expect((await raw(body, JSON_TYPE)).status).toBe(200);
  });
});

describe("a token that is none: 401, and no object is made for it", () => {
  it.each<[string, string]>([
    ["32 characters", "x".repeat(32)],
    ["a short token with a wrong check", `mts_${"A".repeat(60)}`],
    ["three empty-headed parts", `e30.e30.${"A".repeat(128)}`],
    ["a header that is no JSON", `${"A".repeat(20)}.${"A".repeat(20)}.${"A".repeat(128)}`],
    ["dots only", ".".repeat(64)],
    ["a text with a blank", `${"a".repeat(40)} ${"b".repeat(40)}`],
    ["a text with an umlaut", "ü".repeat(64)],
    ["ten thousand characters", "x".repeat(10_000)],
  ])("%s", async (_name, text) => {
    await expectRefused(await post(PATH, { grant_type: "mytoken", mytoken: text }, HERE), 401, "invalid_token");
  });

  it("a short token of our form for an object that never was: the object stays empty", async () => {
    const momId = await momIdOf(crypto.randomUUID());
    await expectRefused(await presented(`mts_${momId}${"B".repeat(38)}`), 401, "invalid_token");
    expect(await tablesOf(env.MYTOKEN.getByName(momId))).toEqual([]);
  });
});

/** Presents a text as mytoken. */
function presented(text: string): Promise<Answer> {
  return post(PATH, { grant_type: "mytoken", mytoken: text }, HERE);
}

/** The good token taken apart. */
function parts(): { header: Record<string, unknown>; payload: JWTPayload; signature: string; signed: string } {
  const [header = "", payload = "", signature = ""] = token.text.split(".");
  return {
    header: JSON.parse(atob(header)) as Record<string, unknown>,
    payload: decodeJwt(token.text),
    signature,
    signed: `${header}.${payload}`,
  };
}

const base64url = (value: string | Uint8Array) =>
  btoa(typeof value === "string" ? value : String.fromCharCode(...value))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

const bytesOf = (text: string) =>
  Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (character) => character.charCodeAt(0));

const hexadecimal = (bytes: Uint8Array) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

describe("another text of the same good token: 401", () => {
  it("its signature with s → n − s, which fits the key as well as the first", async () => {
    const n = BigInt(
      "0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
    );
    const signature = bytesOf(parts().signature);
    const s = BigInt(`0x${hexadecimal(signature.slice(48))}`);
    const other = (n - s).toString(16).padStart(96, "0");
    signature.set(
      Uint8Array.from(other.match(/../g) ?? [], (hex) => Number.parseInt(hex, 16)),
      48,
    );
    const twin = `${parts().signed}.${base64url(signature)}`;
    const { keys } = await (await send("/jwks")).json<{ keys: JWK[] }>();
    const verified = await compactVerify(twin, await importJWK(keys[0]!, "ES384"));
    expect(verified.payload.length).toBeGreaterThan(0);
    await expectRefused(await presented(twin), 401, "invalid_token");
  });

  it.each<[string, (signature: string) => string]>([
    ["a blank inside", (signature) => `${signature.slice(0, 10)} ${signature.slice(10)}`],
    ["a newline inside", (signature) => `${signature.slice(0, 10)}\n${signature.slice(10)}`],
    ["padding behind", (signature) => `${signature}====`],
    [
      "the other base64 alphabet",
      (signature) => signature.replaceAll("-", "+").replaceAll("_", "/").replace(/^./, "+"),
    ],
    ["other casing", (signature) => signature.replace(/[a-z]/, (letter) => letter.toUpperCase())],
    ["a character less", (signature) => signature.slice(0, -1)],
    ["a character more", (signature) => `${signature}A`],
    ["nothing", () => ""],
  ])("its signature with %s", async (_name, change) => {
    await expectRefused(await presented(`${parts().signed}.${change(parts().signature)}`), 401, "invalid_token");
  });

  it.each<[string, () => string]>([
    ["all in upper case", () => token.text.toUpperCase()],
    ["all in lower case", () => token.text.toLowerCase()],
    ["with a scheme before it", () => `Bearer ${token.text}`],
    ["twice", () => `${token.text}.${token.text}`],
    ["a blank within its payload", () => token.text.replace(/\.(.{20})/, ".$1 ")],
  ])("%s", async (_name, text) => {
    await expectRefused(await presented(text()), 401, "invalid_token");
  });
});

describe("a JWT that was not issued: 401", () => {
  type Header = Record<string, unknown>;

  /** Our own signing key, as a thief would have it. */
  async function stolenKey() {
    const [jwk] = JSON.parse(String(env["SIGNING_KEYS"])) as JWK[];
    return importJWK(jwk!, "ES384");
  }

  async function signed(claims: object, header: Header, key: Parameters<CompactSign["sign"]>[0]): Promise<string> {
    const payload = new TextEncoder().encode(JSON.stringify(claims));
    return new CompactSign(payload).setProtectedHeader({ ...parts().header, ...header } as { alg: string }).sign(key);
  }

  async function foreignPair(alg: "ES256" | "ES384" = "ES384"): Promise<CryptoKeyPair> {
    const namedCurve = { ES256: "P-256", ES384: "P-384" }[alg];
    const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve }, true, ["sign", "verify"]);
    return pair as CryptoKeyPair;
  }

  it("the key's own thief can make a token that the edge takes: that is what the rest is about", async () => {
    const again = await signed(parts().payload, {}, await stolenKey());
    expect(again === token.text).toBe(false);
    await expectRefused(await presented(again), 401, "invalid_token", /not valid/);
  });

  it.each<[string, () => object]>([
    ["a higher seq_no", () => ({ ...parts().payload, seq_no: 2 })],
    ["another capability", () => ({ ...parts().payload, capabilities: ["AT", "settings"] })],
    ["no restrictions", () => ({ ...parts().payload, restrictions: undefined })],
    ["one more claim", () => ({ ...parts().payload, more: true })],
    ["another issuer", () => ({ ...parts().payload, iss: "https://other.example" })],
    ["another audience", () => ({ ...parts().payload, aud: "https://other.example" })],
    ["an audience that is a list", () => ({ ...parts().payload, aud: [parts().payload.aud] })],
    ["another token type", () => ({ ...parts().payload, token_type: "access_token" })],
    ["a jti that is no UUID", () => ({ ...parts().payload, jti: "x" })],
    ["seq_no 0", () => ({ ...parts().payload, seq_no: 0 })],
    ["a seq_no that is a text", () => ({ ...parts().payload, seq_no: "1" })],
    ["nothing", () => ({})],
  ])("signed with the stolen key: %s", async (_name, claims) => {
    await expectRefused(await presented(await signed(claims(), {}, await stolenKey())), 401, "invalid_token");
  });

  it("signed with the stolen key: a token that never was leaves its object empty", async () => {
    const jti = crypto.randomUUID();
    const text = await signed({ ...parts().payload, jti }, {}, await stolenKey());
    await expectRefused(await presented(text), 401, "invalid_token", /not known/);
    expect(await tablesOf(env.MYTOKEN.getByName(await momIdOf(jti)))).toEqual([]);
  });

  it("signed with the stolen key: the typ of another kind of token", async () => {
    for (const typ of ["JWT", "at+jwt", undefined]) {
      await expectRefused(
        await presented(await signed(parts().payload, { typ }, await stolenKey())),
        401,
        "invalid_token",
      );
    }
  });

  it.each<[string, (claims: string) => Uint8Array]>([
    ["Latin-1", (claims) => Uint8Array.from(claims.replace("{", '{"x":"ÿ",'), (character) => character.charCodeAt(0))],
    ["UTF-16", (claims) => Uint8Array.from(Array.from(claims).flatMap((character) => [character.charCodeAt(0), 0]))],
    ["UTF-8 behind a byte order mark", (claims) => new TextEncoder().encode(`\ufeff${claims}`)],
  ])("signed with the stolen key: claims in %s", async (_name, encoded) => {
    const bytes = encoded(JSON.stringify(parts().payload));
    const header = parts().header as { alg: string };
    const text = await new CompactSign(bytes).setProtectedHeader(header).sign(await stolenKey());
    // Not the object's words, which would mean that it got there.
    await expectRefused(await presented(text), 401, "invalid_token", /^token signature is invalid$/);
  });

  it.each<[string, Header]>([
    ["the right kid", {}],
    ["an unknown kid", { kid: "unknown" }],
    ["no kid", { kid: undefined }],
    ["a kid that is no text", { kid: 1 }],
    ["__proto__ for kid", { kid: "__proto__" }],
    ["an empty kid", { kid: "" }],
  ])("a foreign key with %s", async (_name, header) => {
    const { privateKey } = await foreignPair();
    await expectRefused(await presented(await signed(parts().payload, header, privateKey)), 401, "invalid_token");
  });

  it("a foreign key that the token brings along, as jwk, or by address as jku or x5u", async () => {
    const { privateKey, publicKey } = await foreignPair();
    const jwk = await crypto.subtle.exportKey("jwk", publicKey);
    for (const header of [{ jwk }, { jku: "http://localhost:1/jwks" }, { x5u: "http://localhost:1/cert" }]) {
      for (const kid of [parts().header["kid"], undefined]) {
        const text = await signed(parts().payload, { ...header, kid }, privateKey);
        await expectRefused(await presented(text), 401, "invalid_token");
      }
    }
  });

  it("another algorithm under our kid", async () => {
    const { privateKey } = await foreignPair("ES256");
    await expectRefused(
      await presented(await signed(parts().payload, { alg: "ES256" }, privateKey)),
      401,
      "invalid_token",
    );
  });

  it("alg none, without a signature and with one", async () => {
    const { signature, payload } = parts();
    for (const alg of ["none", "None", "NONE", ""]) {
      const head = base64url(JSON.stringify({ ...parts().header, alg }));
      for (const tail of ["", signature, "AAAA"]) {
        const text = `${head}.${base64url(JSON.stringify(payload))}.${tail}`;
        await expectRefused(await presented(text), 401, "invalid_token");
      }
    }
  });

  it("HS256, HS384 and HS512 with the public key as the secret, in any form of it", async () => {
    const { keys } = await (await send("/jwks")).json<{ keys: JWK[] }>();
    const jwk = keys[0]!;
    const spki = new Uint8Array(
      (await crypto.subtle.exportKey(
        "spki",
        (await importJWK({ ...jwk, ext: true }, "ES384")) as CryptoKey,
      )) as ArrayBuffer,
    );
    const pem = `-----BEGIN PUBLIC KEY-----\n${btoa(String.fromCharCode(...spki)).replaceAll(/(.{64})/g, "$1\n")}\n-----END PUBLIC KEY-----\n`;
    const secrets = [JSON.stringify(jwk), pem, String(jwk.x)].map((text) => new TextEncoder().encode(text));
    for (const alg of ["HS256", "HS384", "HS512"]) {
      for (const secret of [...secrets, spki]) {
        await expectRefused(await presented(await signed(parts().payload, { alg }, secret)), 401, "invalid_token");
      }
    }
  });

  /** The good token's claims under a header that no library would sign. */
  async function signedUnder(head: string): Promise<string> {
    const input = `${head}.${parts().signed.split(".")[1]}`;
    const algorithm = { name: "ECDSA", hash: "SHA-384" };
    const key = (await stolenKey()) as CryptoKey;
    return `${input}.${base64url(new Uint8Array(await crypto.subtle.sign(algorithm, key, new TextEncoder().encode(input))))}`;
  }

  it("a critical extension that nobody knows", async () => {
    const text = await signedUnder(base64url(JSON.stringify({ ...parts().header, crit: ["exp"], exp: 1 })));
    await expectRefused(await presented(text), 401, "invalid_token");
  });

  it("a header that is no UTF-8", async () => {
    const header = Uint8Array.from(JSON.stringify({ ...parts().header, x: "ÿ" }), (character) =>
      character.charCodeAt(0),
    );
    await expectRefused(
      await presented(await signedUnder(base64url(header))),
      401,
      "invalid_token",
      /^token is malformed$/,
    );
  });
});

describe("strangers", () => {
  it("who present unknown tokens are slowed down by their address; who holds a good token is not", async () => {
    const from = { address: "198.51.100.77" };
    const statuses = new Set<number>();
    for (let round = 0; round < 70; round++) {
      const { status, headers } = await post(PATH, { grant_type: "mytoken", mytoken: "x".repeat(64) }, from);
      statuses.add(status);
      if (status === 429) expect(headers.get("Retry-After")).toMatch(/^\d+$/);
    }
    expect([...statuses]).toEqual([401, 429]);
    const holder = await countedToken("plain");
    expect((await post(PATH, { grant_type: "mytoken", mytoken: holder.text }, from)).status).toBe(200);
  });
});

it("the token that was tried so often is as good as before", async () => {
  expect(await traces()).toEqual(untouched);
  expect((await exchangeOf(token)).status).toBe(200);
});
