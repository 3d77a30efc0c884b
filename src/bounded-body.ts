/** Bodies of HTTP messages, read whole within a limit. */

/**
 * The body, or `null` if it is longer than `limit` bytes. A declared length holds by the framing of HTTP (RFC 9112 §6.3),
 * so a body that fits by it is read in one step. Without one, or beside a transfer coding, which overrides it, or where it
 * counts what a content coding has packed, the bytes are counted as they come and no more is read than the limit. A body
 * that says itself that it is too long is left as it is: to cancel a request's would cut off whoever is still sending it
 * before the answer is there. Throws what reading throws.
 */
export async function readBounded(message: Request | Response, limit: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const { headers, body } = message;
  const declared = headers.get("Content-Length");
  const isCoded = headers.has("Transfer-Encoding") || headers.has("Content-Encoding");
  if (declared === null || !/^\d+$/.test(declared) || isCoded) return readCounted(body, limit);
  if (Number(declared) > limit) return null;
  const bytes = new Uint8Array(await message.arrayBuffer());
  return bytes.length > limit ? null : bytes;
}

async function readCounted(body: ReadableStream | null, limit: number): Promise<Uint8Array<ArrayBuffer> | null> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.length;
    if (length > limit) return null;
    chunks.push(chunk);
  }
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
