/** In which form a token is handed out (token-core §4.7, semantics §4.5, §4.6). */

export type ResponseType = SuccessorForm | "transfer_code";

/** No transfer code is made for a token that its holder has already. */
export type SuccessorForm = "token" | "short_token";

/** What decides beside the request: the features that are on, and lengths in characters. */
export interface ResponseForms {
  readonly jwtLength: number;
  readonly shortTokenLength: number;
  readonly shortTokens: boolean;
  readonly transferCodes: boolean;
}

/**
 * The form of a new token. Unknown and absent `response_type` mean `token` (QUIRK-06), and so does one whose feature
 * is off (QUIRK-07). A positive `max_token_len` decides alone: the first of JWT, short token and transfer code that fits.
 */
export function chooseResponseType(
  requested: string | undefined,
  maxTokenLength: number | undefined,
  { jwtLength, shortTokenLength, shortTokens, transferCodes }: ResponseForms,
): ResponseType {
  if (maxTokenLength !== undefined && maxTokenLength > 0) {
    if (jwtLength <= maxTokenLength) return "token";
    if (shortTokens && shortTokenLength <= maxTokenLength) return "short_token";
    return transferCodes ? "transfer_code" : "token";
  }
  if (requested === "short_token" && shortTokens) return "short_token";
  if (requested === "transfer_code" && transferCodes) return "transfer_code";
  return "token";
}

/** The form of a successor: the one in which its predecessor was presented, as long as short tokens are on. */
export function successorForm(presented: SuccessorForm, shortTokens: boolean): SuccessorForm {
  return presented === "short_token" && shortTokens ? "short_token" : "token";
}

/** `expires_in` of a mytoken response in seconds; absent without `exp` and once it has passed (semantics §7.1). */
export function expiresIn(exp: number | undefined, now: number): number | undefined {
  return exp === undefined || exp <= now ? undefined : exp - now;
}
