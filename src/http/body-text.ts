/** The bytes of a request body, as text, before anything looks at what they say. */
import { readBounded } from "../bounded-body.ts";
import { utf8Text } from "../crypto/encoding.ts";
import { badRequest, done, refuse, type Result } from "../errors.ts";

export const BODY_LIMIT_BYTES = 65_536;

/** At most 64 KiB, and not compressed (DESIGN §10). */
export async function readBytes(request: Request): Promise<Result<Uint8Array<ArrayBuffer>>> {
  const encoding = request.headers.get("Content-Encoding") ?? "identity";
  if (encoding.toLowerCase() !== "identity") return refuse({ reason: "unsupported_content_encoding", encoding });
  try {
    const bytes = await readBounded(request, BODY_LIMIT_BYTES);
    return bytes ? done(bytes) : refuse({ reason: "body_too_large", limitBytes: BODY_LIMIT_BYTES });
  } catch {
    // Whoever sent it is gone, or its framing is broken: no bug of ours.
    return badRequest("the body was cut off");
  }
}

/** `readBytes` as UTF-8; other bytes are a bad request. */
export async function readText(request: Request): Promise<Result<string>> {
  const bytes = await readBytes(request);
  if (!bytes.ok) return bytes;
  try {
    return done(utf8Text(bytes.value));
  } catch {
    return badRequest("the body is not UTF-8");
  }
}
