/** What an access token says about itself, if it is a JWT (RFC 9068). Its signature is for resource servers to judge. */
import { fromBase64url, utf8Text } from "../crypto/encoding.ts";

/** `aud` (RFC 7519 §4.1.3) as a list; `null` if the token is no JWT or has none. */
export function audiencesOfJwt(accessToken: string): readonly string[] | null {
  const payload = accessToken.split(".", 4);
  if (payload.length !== 3) return null;
  let claims: unknown;
  try {
    claims = JSON.parse(utf8Text(fromBase64url((payload[1] ?? "").replace(/=+$/, ""))));
  } catch {
    return null;
  }
  const aud = typeof claims === "object" && claims !== null && "aud" in claims ? claims.aud : undefined;
  if (typeof aud === "string") return [aud];
  return Array.isArray(aud) && aud.every((value) => typeof value === "string") ? aud : null;
}
