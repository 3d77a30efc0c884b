/**
 * The signing keys, from the SIGNING_KEYS secret: the first private one signs, every one verifies, each with the one
 * algorithm that is fixed for it (RFC 8725 §3.1).
 */
import { calculateJwkThumbprint, importJWK, type JWK } from "jose";
import { type Config, ConfigError } from "../config.ts";

export interface VerificationKey {
  readonly key: CryptoKey;
  readonly alg: string;
}

export interface KeyRing {
  readonly signing: { readonly key: CryptoKey; readonly alg: string; readonly kid: string };
  /** By `kid`. */
  readonly verification: ReadonlyMap<string, VerificationKey>;
}

const rings = new WeakMap<Config, KeyRing>();
const publicSets = new WeakMap<Config, readonly JWK[]>();

/** The keys of a configuration, imported once per isolate. */
export async function keyRing(config: Config): Promise<KeyRing> {
  const known = rings.get(config);
  if (known) return known;
  const verification = new Map<string, VerificationKey>();
  for (const jwk of await publicKeys(config)) {
    verification.set(jwk.kid as string, { key: await asymmetricKey(jwk), alg: jwk.alg as string });
  }
  const own = config.signingKeys.find((jwk) => jwk.d !== undefined);
  if (!own) throw new ConfigError("SIGNING_KEYS: holds no private key");
  const signing = { key: await asymmetricKey(own), alg: own.alg as string, kid: await kidOf(own) };
  const ring = { signing, verification };
  rings.set(config, ring);
  return ring;
}

/** The public halves as `/jwks` shows them (RFC 7517 §5), the signing key first. */
export async function publicKeys(config: Config): Promise<readonly JWK[]> {
  const known = publicSets.get(config);
  if (known) return known;
  const keys: JWK[] = [];
  for (const jwk of config.signingKeys) {
    const shared = { kty: jwk.kty, alg: jwk.alg, use: "sig", kid: await kidOf(jwk) };
    if (jwk.kty === "RSA") keys.push({ ...shared, n: jwk.n, e: jwk.e });
    else keys.push({ ...shared, crv: jwk.crv, x: jwk.x, y: jwk.y });
  }
  publicSets.set(config, keys);
  return keys;
}

/** The key's own `kid`, else its thumbprint (RFC 7638). */
function kidOf(jwk: JWK): Promise<string> {
  return jwk.kid === undefined ? calculateJwkThumbprint(jwk, "sha256") : Promise.resolve(jwk.kid);
}

/** The settings know the form of a key; whether it is a point on its curve, only the import tells. */
async function asymmetricKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, jwk.alg).catch(() => null);
  if (!(key instanceof CryptoKey)) throw new ConfigError("SIGNING_KEYS: holds a key that cannot be imported");
  return key;
}
