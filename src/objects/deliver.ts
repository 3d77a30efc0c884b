/** How a token that was just made reaches its holder: in the form that the request asked for (token-core §4.7). */
import { done, type Result } from "../errors.ts";
import type { Caller } from "../token/caller.ts";
import { SHORT_TOKEN_LENGTH } from "../token/ids.ts";
import { chooseResponseType, type ResponseType } from "../token/response-type.ts";
import type { CreatedToken, FamilyObjects } from "./creation.ts";

/** `text` is the JWT, the short token or the transfer code, as `form` says. */
export interface DeliveredToken extends CreatedToken {
  readonly form: ResponseType;
}

export interface WantedForm {
  readonly responseType: string | null;
  /** Characters; decides alone if it is positive. */
  readonly maxTokenLength: number | null;
}

/** The token in the wanted form; short tokens and transfer codes are made by the token's own object. */
export async function deliver(
  { config, mytoken }: FamilyObjects,
  token: CreatedToken,
  wanted: WantedForm,
  caller: Caller,
): Promise<Result<DeliveredToken>> {
  const form = chooseResponseType(wanted.responseType ?? undefined, wanted.maxTokenLength ?? undefined, {
    jwtLength: token.text.length,
    shortTokenLength: SHORT_TOKEN_LENGTH,
    shortTokens: config.shortTokens,
    transferCodes: config.transferCodes,
  });
  if (form === "token") return done({ ...token, form });
  const text = await mytoken(token.momId).handOut(token.text, form, caller);
  return text.ok ? done({ ...token, form, text: text.value }) : text;
}
