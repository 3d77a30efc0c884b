/** SHA-256 and HMAC-SHA-256, and comparison that does not tell where two values differ. */
import { base64url, utf8 } from "./encoding.ts";

/** SHA-256 of bytes or of a text's UTF-8. */
export async function sha256(data: Uint8Array<ArrayBuffer> | string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", typeof data === "string" ? utf8(data) : data));
}

/** SHA-256 as unpadded base64url, 43 characters: the form in which hashes are stored. */
export async function sha256Text(data: Uint8Array<ArrayBuffer> | string): Promise<string> {
  return base64url(await sha256(data));
}

/** HMAC-SHA-256 (RFC 2104) over `label`, a zero byte and `message`: the label keeps uses of one key apart. */
export async function hmac(
  key: Uint8Array<ArrayBuffer>,
  label: string,
  message: string,
): Promise<Uint8Array<ArrayBuffer>> {
  const hmacKey = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", hmacKey, utf8(`${label}\0${message}`)));
}

/** Whether two texts are equal, in time that depends on their lengths only. */
export function equalText(a: string, b: string): boolean {
  const left = utf8(a);
  const right = utf8(b);
  let difference = left.length ^ right.length;
  for (let i = 0; i < left.length && i < right.length; i++) difference |= (left[i] ?? 0) ^ (right[i] ?? 0);
  return difference === 0;
}
