/** The id under which one request is logged and its 500 can be found again. */
import { randomUuid } from "../crypto/random.ts";

/** The caller's `X-Request-ID` if it is harmless in a log (DESIGN §10) and no short token, else a fresh UUID. */
export function requestIdOf(request: Request): string {
  const given = request.headers.get("X-Request-ID");
  return given !== null && /^(?!mts_)[\w.-]{1,64}$/.test(given) ? given : randomUuid();
}
