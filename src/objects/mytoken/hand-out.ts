/** A new token in the form that was asked for (token-core §4.7): the JWT, a short token, or a transfer code. */
import { nowSeconds } from "../../clock.ts";
import { sha256Text } from "../../crypto/hash.ts";
import { done, refuse, type Result } from "../../errors.ts";
import type { Caller } from "../../token/caller.ts";
import type { MytokenContext } from "./context.ts";
import { writeEvent } from "./history.ts";
import { shortForm, storeShortToken } from "./rotate.ts";
import { isLive, readToken } from "./schema.ts";
import { issueCode } from "./transfer-code.ts";

/** Makes the short token or the transfer code for this token's present text; its text. */
export async function handOut(
  object: MytokenContext,
  text: string,
  form: "short_token" | "transfer_code",
  caller: Caller,
): Promise<Result<string>> {
  const { storage, config } = object;
  const hash = await sha256Text(text);
  const token = readToken(storage.sql);
  if (!isLive(token, nowSeconds()) || token.text_hash !== hash)
    return refuse({ reason: "token_ended", how: "revoked" });
  if (form === "short_token") {
    const short = await shortForm(object, token.mom_id, text, token.seq_no);
    if (!isLive(readToken(storage.sql), nowSeconds())) return refuse({ reason: "token_ended", how: "revoked" });
    storeShortToken(storage.sql, short);
    return done(short.text);
  }
  const code = await issueCode(object, text, true);
  if (code.ok) {
    writeEvent(storage.sql, "transfer_code_created", "token type: token", caller, nowSeconds(), config.historyLimit);
  }
  return code;
}
