/** The claims of a mytoken JWT (token-core §12.1) and how they come about. */
import * as v from "valibot";
import { sha256Text } from "../crypto/hash.ts";
import type { Clause } from "./clause.ts";
import { timeClaims } from "./restriction/lifetime.ts";
import type { Rotation } from "./rotation.ts";

/** The version of the token format that the reference writes, and the Go clients parse. */
const TOKEN_VERSION = "0.7";

/** Claims in the order in which they are written. Times are whole seconds. */
export interface MytokenClaims {
  readonly ver: string;
  readonly token_type: "mytoken";
  readonly iss: string;
  readonly sub: string;
  /** 1 at creation, one more for each rotation. */
  readonly seq_no: number;
  readonly name?: string;
  readonly aud: string;
  readonly oidc_sub: string;
  readonly oidc_iss: string;
  readonly capabilities: readonly string[];
  /** Only where it was asked for (DESIGN §8). */
  readonly subtoken_capabilities?: readonly string[];
  readonly exp?: number;
  readonly nbf: number;
  readonly iat: number;
  /** When the person logged in at the provider; inherited by subtokens. */
  readonly auth_time: number;
  readonly jti: string;
  readonly restrictions?: readonly Clause[];
  readonly rotation?: Rotation;
}

const clause = v.looseObject({}) as v.GenericSchema<unknown, Clause>;

/** What a payload must be before a signature that fits makes it a mytoken of ours. */
export const claimsSchema = v.object({
  ver: v.string(),
  token_type: v.literal("mytoken"),
  iss: v.string(),
  sub: v.string(),
  seq_no: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  name: v.exactOptional(v.string()),
  aud: v.string(),
  oidc_sub: v.string(),
  oidc_iss: v.string(),
  capabilities: v.array(v.string()),
  subtoken_capabilities: v.exactOptional(v.array(v.string())),
  exp: v.exactOptional(v.pipe(v.number(), v.safeInteger())),
  nbf: v.pipe(v.number(), v.safeInteger()),
  iat: v.pipe(v.number(), v.safeInteger()),
  auth_time: v.pipe(v.number(), v.safeInteger()),
  jti: v.pipe(v.string(), v.uuid()),
  restrictions: v.exactOptional(v.array(clause)),
  rotation: v.exactOptional(
    v.object({
      on_AT: v.exactOptional(v.boolean()),
      on_other: v.exactOptional(v.boolean()),
      lifetime: v.exactOptional(v.number()),
      auto_revoke: v.exactOptional(v.boolean()),
    }),
  ),
}) satisfies v.GenericSchema<unknown, MytokenClaims>;

/** The `sub` of a mytoken: base64url SHA-256 of `oidc_sub` + `@` + `oidc_iss` (DESIGN §6; the specification leaves the form open). */
export function subjectOf(oidcSub: string, oidcIss: string): Promise<string> {
  return sha256Text(`${oidcSub}@${oidcIss}`);
}

/** What a new token is made of. Times are whole seconds; `null` members are absent. */
export interface NewClaims {
  /** Our own issuer. */
  readonly issuer: string;
  readonly oidcSub: string;
  readonly oidcIss: string;
  readonly name: string | null;
  readonly capabilities: readonly string[];
  readonly subtokenCapabilities: readonly string[] | null;
  readonly restrictions: readonly Clause[];
  readonly rotation: Rotation | null;
  readonly authTime: number;
  readonly now: number;
}

/** The claims of a first generation, in the order in which they are written; `jti` is added where it is drawn. */
export async function newClaims(token: NewClaims): Promise<Omit<MytokenClaims, "jti">> {
  const { exp, nbf } = timeClaims(token.restrictions, token.now);
  return {
    ver: TOKEN_VERSION,
    token_type: "mytoken",
    iss: token.issuer,
    sub: await subjectOf(token.oidcSub, token.oidcIss),
    seq_no: 1,
    ...(token.name ? { name: token.name } : {}),
    aud: token.issuer,
    oidc_sub: token.oidcSub,
    oidc_iss: token.oidcIss,
    capabilities: token.capabilities,
    ...(token.subtokenCapabilities ? { subtoken_capabilities: token.subtokenCapabilities } : {}),
    ...(exp === undefined ? {} : { exp }),
    nbf,
    iat: token.now,
    auth_time: token.authTime,
    ...(token.restrictions.length > 0 ? { restrictions: token.restrictions } : {}),
    ...(token.rotation ? { rotation: token.rotation } : {}),
  };
}
