/** The only source of chance: the CSPRNG of the runtime. */

/** `length` random bytes. */
export function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** A random UUID v4 (RFC 9562 §5.4). */
export function randomUuid(): string {
  return crypto.randomUUID();
}

/** `length` characters of `alphabet` (at most 256 symbols), each equally likely: rejection sampling, no modulo bias. */
export function randomText(length: number, alphabet: string): string {
  const limit = 256 - (256 % alphabet.length);
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < limit && text.length < length) text += alphabet.charAt(byte % alphabet.length);
    }
  }
  return text;
}

export const BASE62_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
export const BASE64URL_ALPHABET = `${BASE62_ALPHABET}-_`;
/** Letters that people can type and tell apart: no `l`, no `I` (token-core §13.1). */
export const TYPEABLE_LETTERS = "abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNOPQRSTUVWXYZ";
