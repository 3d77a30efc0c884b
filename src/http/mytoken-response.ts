/** Mytokens in answers (token-core §6.2, semantics §4.5): members in the order of the reference. */
import type { Config } from "../config.ts";
import type { MytokenClaims } from "../token/claims.ts";
import { expiresIn } from "../token/response-type.ts";
import { sessionCookie } from "./cookies.ts";
import type { HeaderFields } from "./json-response.ts";

/** A token in the form in which it is handed out. */
export interface HandedOut {
  readonly form: "token" | "short_token" | "transfer_code";
  /** The JWT, the short token or the transfer code. */
  readonly text: string;
  readonly momId: string;
  readonly claims: MytokenClaims;
}

/** The members that describe a mytoken; the same shape stands in `token_update`. */
export function mytokenMembers(config: Config, token: HandedOut, now: number): object {
  const { claims } = token;
  const isCode = token.form === "transfer_code";
  const lifetime = isCode ? config.codeLifetimeSeconds : expiresIn(claims.exp, now);
  return {
    [isCode ? "transfer_code" : "mytoken"]: token.text,
    mom_id: token.momId,
    ...(lifetime !== undefined && { expires_in: lifetime }),
    capabilities: claims.capabilities,
    ...(claims.subtoken_capabilities && { subtoken_capabilities: claims.subtoken_capabilities }),
    ...(claims.rotation && { rotation: claims.rotation }),
    mytoken_type: token.form,
    ...(claims.restrictions && { restrictions: claims.restrictions }),
  };
}

/** `token_update` and, only if the request was authorised by the cookie, the new cookie (QUIRK-19 FIX, DESIGN §8). */
export function tokenUpdate(
  config: Config,
  successor: HandedOut | null,
  from: "parameter" | "refresh_token" | "bearer" | "cookie",
  now: number,
): { readonly members: object; readonly headers: HeaderFields } {
  if (successor === null) return { members: {}, headers: {} };
  return {
    members: { token_update: mytokenMembers(config, successor, now) },
    headers: from === "cookie" ? { "Set-Cookie": sessionCookie(config, successor.text) } : {},
  };
}
