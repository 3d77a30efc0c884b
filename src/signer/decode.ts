/** Reading a JWT whose signature has been verified, or was made here. */
import { decodeJwt } from "jose";
import * as v from "valibot";
import { claimsSchema, type MytokenClaims } from "../token/claims.ts";

/** The claims of one of our own JWTs. Throws on anything else: what reaches an object was verified at the edge. */
export function decodeMytoken(text: string): MytokenClaims {
  return v.parse(claimsSchema, decodeJwt(text));
}
