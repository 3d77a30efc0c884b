import { describe, expect, it } from "vitest";
import { publicUrl } from "../src/config.ts";
import { configOf, parseConfig } from "../src/config/parse.ts";
import { KEY, newKey, SETTINGS } from "./http/worker.ts";

const PROVIDER = { issuer: "https://op.example.com", client_id: "mytoken", scopes: ["openid"] };

function parse(changes: Record<string, unknown> = {}) {
  return parseConfig({ ...SETTINGS, ...changes });
}

describe("defaults", () => {
  it("come with the required settings alone", () => {
    const { providers, signingKeys, pepper, ...rest } = parse();
    expect(providers).toMatchObject([{ issuer: "https://op.example.com", client_secret: "client-secret" }]);
    expect(signingKeys).toEqual([KEY]);
    expect(pepper).toHaveLength(32);
    expect(rest).toEqual({
      issuer: "https://mytoken.example.com",
      clientAddress: { from: "cloudflare" },
      codeLifetimeSeconds: 300,
      pollingIntervalSeconds: 5,
      collectGraceSeconds: 60,
      cookieLifetimeSeconds: 604_800,
      rotationGraceSeconds: 60,
      joinTimeoutSeconds: 600,
      retentionSeconds: 2_592_000,
      turnWaitSeconds: 3,
      providerWaitSeconds: 5,
      providerLimitSeconds: 30,
      directoryWaitMilliseconds: 1000,
      historyLimit: 10_000,
      trustedRedirectPaths: [],
      unsupportedRestrictions: [],
      serviceDocumentation: "https://mytoken-docs.data.kit.edu/",
      dnsOverHttpsUrl: "https://cloudflare-dns.com/dns-query",
      shortTokens: true,
      transferCodes: true,
      pollingCodes: true,
      tokenRevocation: true,
      tokenRotation: true,
      tokeninfoActions: ["introspect", "event_history", "subtokens", "list_mytokens"],
      profiles: true,
      profileGroups: new Map(),
      clockOffsetSeconds: 0,
      deployed: true,
      warnings: [],
    });
  });
});

describe("a setting at fault is named", () => {
  const rows: readonly (readonly [string, unknown, string])[] = [
    ["ISSUER", undefined, "ISSUER: missing"],
    ["ISSUER", "mytoken.example.com", "ISSUER: must be an http(s) URL"],
    ["ISSUER", "https://mytoken.example.com/?a=b", "ISSUER: must have no query"],
    ["ISSUER", "https://mytoken.example.com/#a", "ISSUER: must be an http(s) URL"],
    ["ISSUER", "https://me:word@mytoken.example.com", "ISSUER: must be an http(s) URL"],
    ["ISSUER", "http://mytoken.example.com", "ISSUER: must be https"],
    ["PROVIDERS", undefined, "PROVIDERS: missing"],
    ["PROVIDERS", "{", "PROVIDERS: must be JSON"],
    ["PROVIDERS", "{}", "PROVIDERS: must be a JSON array"],
    ["PROVIDERS", [{ ...PROVIDER, client_id: undefined }], "PROVIDERS: 0.client_id: missing"],
    ["PROVIDERS", [{ ...PROVIDER, client_idd: "x" }], "PROVIDERS: 0.client_idd: unknown member"],
    ["PROVIDERS", [{ ...PROVIDER, issuer: "http://localhost:9000" }], "PROVIDERS: 0.issuer: must be an https: URL"],
    [
      "PROVIDERS",
      [PROVIDER, { ...PROVIDER, issuer: "https://op.example.com/" }],
      "PROVIDERS: https://op.example.com stands there twice",
    ],
    ["PROVIDER_SECRETS", undefined, "PROVIDER_SECRETS: missing"],
    ["PROVIDER_SECRETS", "{}", "PROVIDER_SECRETS: https://op.example.com is missing"],
    [
      "PROVIDER_SECRETS",
      '{"https://op.example.com":"a","https://typo":"b"}',
      "PROVIDER_SECRETS: https://typo is not among PROVIDERS",
    ],
    [
      "PROVIDER_SECRETS",
      '{"https://op.example.com":""}',
      "PROVIDER_SECRETS: https://op.example.com: must not be empty",
    ],
    ["SIGNING_KEYS", undefined, "SIGNING_KEYS: missing"],
    ["SIGNING_KEYS", "[]", "SIGNING_KEYS: must hold a private key"],
    ["SIGNING_KEYS", [{ ...KEY, d: undefined }], "SIGNING_KEYS: must hold a private key"],
    ["SIGNING_KEYS", [{ ...KEY, alg: undefined }], "SIGNING_KEYS: 0.alg: missing"],
    ["SIGNING_KEYS", [{ ...KEY, alg: "ES512" }], "SIGNING_KEYS: 0: crv and alg do not fit"],
    ["SIGNING_KEYS", [{ ...KEY, x: "!!" }], "SIGNING_KEYS: 0.x: must be unpadded base64url"],
    ["SIGNING_KEYS", [{ ...KEY, d: "abc" }], "SIGNING_KEYS: 0: x, y or d has not the length"],
    [
      "SIGNING_KEYS",
      [
        { ...KEY, kid: "a" },
        { ...KEY, kid: "a" },
      ],
      "SIGNING_KEYS: must not hold the same kid twice",
    ],
    ["SIGNING_KEYS", [{ kty: "RSA", alg: "RS256", n: "AQAB", e: "AQAB" }], "SIGNING_KEYS: 0.alg: expected"],
    ["SIGNING_KEYS", [{ kty: "oct", alg: "HS256", k: "AAAA" }], "SIGNING_KEYS: 0.kty: expected"],
    [
      "SIGNING_KEYS",
      [{ kty: "OKP", alg: "EdDSA", crv: "Ed25519", x: "AAAA", d: "AAAA" }],
      "SIGNING_KEYS: 0.kty: expected",
    ],
    ["PEPPER", undefined, "PEPPER: missing"],
    ["PEPPER", "A".repeat(42), "PEPPER: must be at least 32 bytes"],
    ["PEPPER", "+".repeat(43), "PEPPER: must be unpadded base64url"],
    ["CLIENT_ADDRESS", "X-Forwarded-For", "CLIENT_ADDRESS: must be cloudflare"],
    ["CLIENT_ADDRESS", "header X-Forwarded-For from everywhere", "CLIENT_ADDRESS: must be cloudflare"],
    ["CODE_LIFETIME_SECONDS", "5m", "CODE_LIFETIME_SECONDS: must be a whole number"],
    ["CODE_LIFETIME_SECONDS", "0", "CODE_LIFETIME_SECONDS: must be from 1 to 3600"],
    ["POLLING_INTERVAL_SECONDS", "16", "POLLING_INTERVAL_SECONDS: must be from 1 to 15"],
    ["TRUSTED_REDIRECT_PATHS", '["//evil.example"]', "TRUSTED_REDIRECT_PATHS: 0: must be a path of this server"],
    ["TRUSTED_REDIRECT_PATHS", '["/\\\\evil.example"]', "TRUSTED_REDIRECT_PATHS: 0: must be a path of this server"],
    ["TRUSTED_REDIRECT_PATHS", '["https://app.example"]', "TRUSTED_REDIRECT_PATHS: 0: must be a path of this server"],
    ["UNSUPPORTED_RESTRICTIONS", '["ip"]', "UNSUPPORTED_RESTRICTIONS: 0: must be one of nbf, exp"],
    ["SERVICE_DOCUMENTATION", "docs", "SERVICE_DOCUMENTATION: must be an http(s) URL or empty"],
    ["DNS_OVER_HTTPS_URL", "http://1.1.1.1/dns-query", "DNS_OVER_HTTPS_URL: must be an https URL"],
    ["SHORT_TOKENS", "true", "SHORT_TOKENS: must be on or off"],
    ["TOKENINFO_ACTIONS", '["delete"]', "TOKENINFO_ACTIONS: 0: must be one of introspect"],
    ["PROFILE_GROUPS", '{"_":""}', "PROFILE_GROUPS: _: must not be empty"],
    ["CLOCK_OFFSET_SECONDS", "3600", "CLOCK_OFFSET_SECONDS: only for tests"],
  ];
  it.each(rows)("%s = %j", (name, value, message) => {
    const text = typeof value === "object" ? JSON.stringify(value) : value;
    expect(() => parse({ [name]: text })).toThrow(
      new RegExp(`^${message.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}`),
    );
  });

  it("without a value of a secret", () => {
    const secrets = ["hush-hush-hush", ["hush-hush-hush"], { a: { b: "hush-hush-hush" } }, [{ kty: "hush-hush-hush" }]];
    for (const name of ["PROVIDER_SECRETS", "SIGNING_KEYS", "PEPPER", "PROFILE_GROUPS"]) {
      for (const secret of secrets) {
        const value = typeof secret === "string" ? secret : JSON.stringify(secret);
        expect(() => parse({ [name]: value })).toThrow(name);
        expect(() => parse({ [name]: value })).not.toThrow("hush");
      }
    }
  });
});

describe("forms that a setting may have", () => {
  it("keeps the issuer as written and puts one slash between it and a path", () => {
    expect(parse({ ISSUER: "https://m.example/" }).issuer).toBe("https://m.example/");
    expect(publicUrl(parse({ ISSUER: "https://m.example/" }), "/jwks")).toBe("https://m.example/jwks");
    expect(publicUrl(parse({ ISSUER: "https://m.example" }), "/jwks")).toBe("https://m.example/jwks");
  });

  it("counts as deployed unless the issuer is loopback", () => {
    for (const issuer of ["http://localhost:8787", "http://127.0.0.1:80", "http://127.8.9.1", "http://[::1]:8787"]) {
      expect(parse({ ISSUER: issuer }).deployed, issuer).toBe(false);
    }
    for (const issuer of ["https://localhost.example", "https://10.0.0.1", "https://[2001:db8::1]"]) {
      expect(parse({ ISSUER: issuer }).deployed, issuer).toBe(true);
    }
  });

  it("admits http providers on loopback in development only", () => {
    const local = {
      PROVIDERS: JSON.stringify([{ ...PROVIDER, issuer: "http://localhost:9000" }]),
      PROVIDER_SECRETS: '{"http://localhost:9000":"s"}',
    };
    expect(parse({ ...local, ISSUER: "http://localhost:8787" }).providers).toHaveLength(1);
    expect(() => parse(local)).toThrow("PROVIDERS: 0.issuer");
  });

  it("reads the address source", () => {
    expect(parse({ CLIENT_ADDRESS: "socket" }).clientAddress).toEqual({ from: "socket" });
    const proxied = parse({ CLIENT_ADDRESS: "header X-Real-IP from 2001:DB8:0::1" }).clientAddress;
    expect(proxied).toEqual({ from: "header", header: "X-Real-IP", proxy: "2001:db8::1" });
  });

  it("takes numbers and tables of wrangler.toml for their text", () => {
    const config = parse({
      CODE_LIFETIME_SECONDS: 2,
      PROVIDERS: [PROVIDER],
      UNSUPPORTED_RESTRICTIONS: ["usages_other", "nbf"],
    });
    expect(config.codeLifetimeSeconds).toBe(2);
    expect(config.providers).toHaveLength(1);
    expect(config.unsupportedRestrictions).toEqual(["nbf", "usages_other"]);
  });

  it("switches off, empties and limits", () => {
    const config = parse({
      SHORT_TOKENS: "off",
      SERVICE_DOCUMENTATION: "",
      TOKENINFO_ACTIONS: '["introspect"]',
      ROTATION_GRACE_SECONDS: "0",
    });
    expect(config).toMatchObject({
      shortTokens: false,
      serviceDocumentation: null,
      tokeninfoActions: ["introspect"],
      rotationGraceSeconds: 0,
    });
  });

  it("takes public keys beside a private one, and warns of signatures that Go clients misread", async () => {
    const old = { ...(await newKey("ES512")), d: undefined, kid: "old" };
    expect(parse({ SIGNING_KEYS: JSON.stringify([old, KEY]) }).warnings).toEqual([]);
    expect(parse({ SIGNING_KEYS: JSON.stringify([await newKey("ES256")]) }).warnings).toEqual([
      expect.stringContaining("ES256"),
    ]);
    const rsa = (bytes: number) => ({
      kty: "RSA",
      alg: "PS256",
      n: "u".repeat(Math.ceil((bytes * 4) / 3)),
      e: "AQAB",
      d: "AQAB",
    });
    expect(parse({ SIGNING_KEYS: JSON.stringify([rsa(384)]) }).warnings).toEqual([]);
    expect(parse({ SIGNING_KEYS: JSON.stringify([rsa(256)]) }).warnings).toHaveLength(1);
  });

  it("is parsed once per environment", () => {
    const env = { ...SETTINGS } as unknown as Env;
    expect(configOf(env)).toBe(configOf(env));
    expect(configOf(env)).not.toBe(configOf({ ...env }));
  });
});
