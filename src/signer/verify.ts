/** Verification of presented mytoken JWTs. Only this file makes `VerifiedMytoken`s. */
import { compactVerify, decodeProtectedHeader, errors } from "jose";
import * as v from "valibot";
import type { Config } from "../config.ts";
import { utf8Text } from "../crypto/encoding.ts";
import { sha256Text } from "../crypto/hash.ts";
import { claimsSchema, type MytokenClaims } from "../token/claims.ts";
import { momIdOf } from "../token/ids.ts";
import { keyRing } from "./keys.ts";

/** A JWT that one of our keys signed for this issuer. Its state, restrictions and rotation are the object's to judge. */
export interface VerifiedMytoken {
  readonly text: string;
  /** SHA-256 of the text, base64url: what may be remembered of it. */
  readonly textHash: string;
  readonly claims: MytokenClaims;
  readonly momId: string;
}

/** Either the verified token, or why the text is none; the reason never holds a part of the text. */
export type Verification =
  | { readonly ok: true; readonly token: VerifiedMytoken }
  | { readonly ok: false; readonly description: string };

/** Tolerance for `iat` and `nbf`, seconds: the clocks of edge and object differ (DESIGN §6). */
export const CLOCK_TOLERANCE_SECONDS = 5;

const REMEMBERED_TOKENS = 1000;
/** Positive results by SHA-256 of the text, forgotten with the configuration that holds the keys. */
const remembered = new WeakMap<Config, Map<string, VerifiedMytoken>>();

/**
 * Verifies a compact JWS (RFC 7515, RFC 8725): algorithm fixed per `kid`, `jku`/`jwk`/`x5u` not looked at, `typ`,
 * claims, `iss` and `aud`. `beforeItsTime` admits a token whose `nbf` has not come: it can be revoked. The signature is remembered per isolate; time is judged every time.
 */
export async function verifyMytoken(
  config: Config,
  text: string,
  now: number,
  beforeItsTime = false,
): Promise<Verification> {
  const memory = memoryOf(config);
  const textHash = await sha256Text(text);
  const known = memory.get(textHash);
  if (known) return judgeTime(known, now, beforeItsTime);
  const verified = await verifySignature(config, text, textHash);
  if (!verified.ok) return verified;
  const oldest = memory.keys().next();
  if (memory.size >= REMEMBERED_TOKENS && !oldest.done) memory.delete(oldest.value);
  memory.set(textHash, verified.token);
  return judgeTime(verified.token, now, beforeItsTime);
}

function memoryOf(config: Config): Map<string, VerifiedMytoken> {
  const known = remembered.get(config);
  if (known) return known;
  const fresh = new Map<string, VerifiedMytoken>();
  remembered.set(config, fresh);
  return fresh;
}

async function verifySignature(config: Config, text: string, textHash: string): Promise<Verification> {
  const kid = kidOf(text);
  if (kid === null) return refused("token is malformed");
  const key = kid === undefined ? undefined : (await keyRing(config)).verification.get(kid);
  if (!key) return refused("token is not signed by this server");
  let payload: unknown;
  try {
    const { payload: bytes, protectedHeader } = await compactVerify(text, key.key, { algorithms: [key.alg] });
    if (protectedHeader.typ !== "MT+JWT") return refused("token is no mytoken");
    payload = JSON.parse(utf8Text(bytes));
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof SyntaxError || error instanceof TypeError) {
      return refused("token signature is invalid");
    }
    throw error;
  }
  const claims = v.safeParse(claimsSchema, payload);
  if (!claims.success) return refused("token is no mytoken");
  if (claims.output.iss !== config.issuer || claims.output.aud !== config.issuer) return refused("invalid issuer");
  const token = { text, textHash, claims: claims.output, momId: await momIdOf(claims.output.jti) };
  return { ok: true, token };
}

/** The header's `kid`; `undefined` if it has none, `null` if the header cannot be read. */
function kidOf(text: string): string | undefined | null {
  try {
    const { kid } = decodeProtectedHeader(text);
    return typeof kid === "string" ? kid : undefined;
  } catch {
    return null;
  }
}

function judgeTime(token: VerifiedMytoken, now: number, beforeItsTime: boolean): Verification {
  const { exp, iat, nbf } = token.claims;
  if (exp !== undefined && now > exp) return refused("token is expired");
  if (iat > now + CLOCK_TOLERANCE_SECONDS) return refused("token used before issued");
  if (!beforeItsTime && nbf > now + CLOCK_TOLERANCE_SECONDS) return refused("token is not valid yet");
  return { ok: true, token };
}

function refused(description: string): Verification {
  return { ok: false, description };
}
