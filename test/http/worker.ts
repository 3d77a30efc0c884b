/** The Worker as a black box, with settings of its own. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import worker from "../../src/index.ts";

export const ISSUER = "https://mytoken.example.com";

/** A fresh private key as JWK. */
export async function newKey(alg: "ES256" | "ES384" | "ES512" = "ES384") {
  const namedCurve = { ES256: "P-256", ES384: "P-384", ES512: "P-521" }[alg];
  const pair = await crypto.subtle.generateKey({ name: "ECDSA", namedCurve }, true, ["sign", "verify"]);
  const { kty, crv, x, y, d } = (await crypto.subtle.exportKey(
    "jwk",
    (pair as CryptoKeyPair).privateKey,
  )) as JsonWebKey;
  return { kty, crv, x, y, d, alg };
}

export const KEY = await newKey();

const PROVIDER = {
  issuer: "https://op.example.com",
  name: "Example",
  client_id: "mytoken",
  scopes: ["openid", "email"],
};

/** All required settings, and nothing else. */
export const SETTINGS: Readonly<Record<string, string>> = {
  ISSUER,
  PROVIDERS: JSON.stringify([PROVIDER]),
  PROVIDER_SECRETS: JSON.stringify({ [PROVIDER.issuer]: "client-secret" }),
  SIGNING_KEYS: JSON.stringify([KEY]),
  PEPPER: "A".repeat(43),
};

/** Sends a request to `path` of the issuer, or to a whole URL. */
export async function send(
  path: string,
  init: RequestInit<RequestInitCfProperties> = {},
  settings: Readonly<Record<string, unknown>> = {},
): Promise<Response> {
  const context = createExecutionContext();
  const request = new Request(path.startsWith("http") ? path : ISSUER + path, init);
  const response = await worker.fetch(request, { ...env, ...SETTINGS, ...settings }, context);
  await waitOnExecutionContext(context);
  return response;
}
