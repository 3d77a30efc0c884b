/** Signing of mytokens. */
import { CompactSign } from "jose";
import type { Config } from "../config.ts";
import { utf8 } from "../crypto/encoding.ts";
import type { MytokenClaims } from "../token/claims.ts";
import { keyRing } from "./keys.ts";

/** The compact JWS of the claims, in the order in which they stand; header `alg`, `typ: MT+JWT`, `kid` (DESIGN §6). */
export async function signMytoken(config: Config, claims: MytokenClaims): Promise<string> {
  const { key, alg, kid } = (await keyRing(config)).signing;
  return new CompactSign(utf8(JSON.stringify(claims))).setProtectedHeader({ alg, typ: "MT+JWT", kid }).sign(key);
}
