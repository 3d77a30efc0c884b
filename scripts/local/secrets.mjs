/** Secrets of a server on this machine: made once, kept in a file that only its owner can read. */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * @typedef {object} LocalSecrets
 * @property {readonly object[]} signingKeys private JWKs
 * @property {string} pepper
 * @property {string} clientSecret of the server, at the embedded provider
 */

/** @returns {LocalSecrets} those of the folder, made if there are none */
export function localSecrets(folder) {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "secrets.json");
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (error) {
    if (error.code !== "ENOENT") throw new Error(`${path} cannot be read: ${error.message}`, { cause: error });
  }
  const secrets = { signingKeys: [newSigningKey()], pepper: randomText(), clientSecret: randomText() };
  writeFileSync(path, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flag: "wx" });
  return secrets;
}

function newSigningKey() {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-384" });
  return { ...privateKey.export({ format: "jwk" }), alg: "ES384" };
}

function randomText() {
  return randomBytes(32).toString("base64url");
}
