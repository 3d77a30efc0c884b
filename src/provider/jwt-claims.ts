/** Claims of a JWT that came straight from the provider, read without its signature. */
import { decodeJwt } from "jose";

/** The payload of a JWT, or `null` if the text is none: access tokens may be anything (RFC 6749 §1.4). */
export function claimsOfJwt(token: string): Readonly<Record<string, unknown>> | null {
  try {
    return decodeJwt(token);
  } catch {
    return null;
  }
}
