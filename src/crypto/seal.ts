/**
 * Sealing: AES-256-GCM with a random 12-byte nonce in front, under a raw key or under HKDF-SHA-256 (RFC 5869)
 * of a secret text. The associated data says what was sealed, so that one sealed thing never opens as another.
 */
import { utf8, utf8Text } from "./encoding.ts";
import { randomBytes } from "./random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const NONCE_BYTES = 12;
/** The secrets are of high entropy already (RFC 5869 §3.1). */
const NO_SALT = new Uint8Array(0);

/** Seals bytes under a 32-byte key. Result: nonce ‖ ciphertext ‖ tag. */
export async function seal(key: Bytes, plain: Bytes, associatedData: string): Promise<Bytes> {
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  return sealWith(aes, plain, associatedData);
}

/** Opens what `seal` made; `null` if key, associated data or bytes are not the ones it was made with. */
export async function open(key: Bytes, sealed: Uint8Array, associatedData: string): Promise<Bytes | null> {
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  return openWith(aes, sealed, associatedData);
}

/** Seals bytes under HKDF-SHA-256 of a secret text of high entropy (a JWT, a code with its pepper). */
export async function sealUnderText(secret: string, plain: Bytes, purpose: string): Promise<Bytes> {
  return sealWith(await keyFromText(secret, purpose), plain, purpose);
}

/** Opens what `sealUnderText` made; `null` as in `open`. */
export async function openUnderText(secret: string, sealed: Uint8Array, purpose: string): Promise<Bytes | null> {
  return openWith(await keyFromText(secret, purpose), sealed, purpose);
}

/** `sealUnderText` of a text. */
export function sealTextUnderText(secret: string, plain: string, purpose: string): Promise<Bytes> {
  return sealUnderText(secret, utf8(plain), purpose);
}

/** `openUnderText` as text. */
export async function openTextUnderText(secret: string, sealed: Uint8Array, purpose: string): Promise<string | null> {
  const plain = await openUnderText(secret, sealed, purpose);
  return plain === null ? null : utf8Text(plain);
}

async function keyFromText(secret: string, purpose: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", utf8(secret), "HKDF", false, ["deriveKey"]);
  return crypto.subtle.deriveKey(
    { name: "HKDF", hash: "SHA-256", salt: NO_SALT, info: utf8(purpose) },
    base,
    { name: "AES-GCM", length: 256 },
    false,
    ["encrypt", "decrypt"],
  );
}

async function sealWith(key: CryptoKey, plain: Bytes, associatedData: string): Promise<Bytes> {
  const nonce = randomBytes(NONCE_BYTES);
  const algorithm = { name: "AES-GCM", iv: nonce, additionalData: utf8(associatedData) };
  const ciphertext = new Uint8Array(await crypto.subtle.encrypt(algorithm, key, plain));
  const sealed = new Uint8Array(NONCE_BYTES + ciphertext.length);
  sealed.set(nonce);
  sealed.set(ciphertext, NONCE_BYTES);
  return sealed;
}

async function openWith(key: CryptoKey, sealed: Uint8Array, associatedData: string): Promise<Bytes | null> {
  const algorithm = { name: "AES-GCM", iv: sealed.subarray(0, NONCE_BYTES), additionalData: utf8(associatedData) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, sealed.subarray(NONCE_BYTES)));
  } catch (error) {
    if (error instanceof DOMException && error.name === "OperationError") return null;
    throw error;
  }
}
