/**
 * The poller's key pair (DESIGN §5): the finished token is sealed to the public half (JWE, ECDH-ES, RFC 7518 §4.6), and
 * only the polling code, which is stored nowhere, opens the private half. So a copy of the storage opens nothing.
 */
import { CompactEncrypt, compactDecrypt, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import { utf8, utf8Text } from "../../crypto/encoding.ts";
import { openTextUnderText, sealTextUnderText } from "../../crypto/seal.ts";
import { POLLING_KEY_PURPOSE } from "./schema.ts";

export interface PollingKey {
  /** JWK as JSON. */
  readonly publicKey: string;
  readonly sealedPrivateKey: Uint8Array<ArrayBuffer>;
}

/** The only ones that are opened (RFC 8725 §3.1). */
const ALGORITHMS = { keyManagementAlgorithms: ["ECDH-ES"], contentEncryptionAlgorithms: ["A256GCM"] };

export async function newPollingKey(pollingCode: string): Promise<PollingKey> {
  const { publicKey, privateKey } = await generateKeyPair("ECDH-ES", { crv: "P-256", extractable: true });
  const privateJwk = JSON.stringify(await exportJWK(privateKey));
  return {
    publicKey: JSON.stringify(await exportJWK(publicKey)),
    sealedPrivateKey: await sealTextUnderText(pollingCode, privateJwk, POLLING_KEY_PURPOSE),
  };
}

/** Seals a text to the public half. */
export async function sealForPoller(publicKey: string, text: string): Promise<string> {
  const key = await importJWK(JSON.parse(publicKey) as JWK, "ECDH-ES");
  return new CompactEncrypt(utf8(text)).setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM" }).encrypt(key);
}

/** Opens what was sealed, with the polling code; `null` if the code is not the flow's. */
export async function openAsPoller(
  pollingCode: string,
  sealedPrivateKey: ArrayBuffer,
  sealed: string,
): Promise<string | null> {
  const jwk = await openTextUnderText(pollingCode, new Uint8Array(sealedPrivateKey), POLLING_KEY_PURPOSE);
  if (jwk === null) return null;
  const key = await importJWK(JSON.parse(jwk) as JWK, "ECDH-ES");
  return utf8Text((await compactDecrypt(sealed, key, ALGORITHMS)).plaintext);
}
