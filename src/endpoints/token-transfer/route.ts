/** POST /api/v0/token/transfer: a short code that hands a mytoken to another machine (token-core §9). */
import { readJson } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { refused } from "../../http/error-response.ts";
import { identifyPresented } from "../../http/identified.ts";
import { jsonResponse } from "../../http/json-response.ts";
import { presentedToken } from "../../http/presented-token.ts";

export async function tokenTransfer(context: EdgeContext): Promise<Response> {
  const config = context.get("config");
  const body = await readJson(context.req.raw);
  if (!body.ok) return refused(context, body.refusal);
  const caller = callerOf(context.req.raw, config.clientAddress);
  const token = await identifyPresented(context, presentedToken(context, body.value, "typed"), caller);
  if (!token.ok) return refused(context, token.refusal);
  const { momId, presented } = token.value;
  const code = await context.env.MYTOKEN.getByName(momId).transferCode({ presented, caller });
  if (!code.ok) return refused(context, code.refusal);
  context.get("log").events.push("transfer_code_created");
  return jsonResponse({
    transfer_code: code.value,
    expires_in: config.codeLifetimeSeconds,
    mytoken_type: "transfer_code",
  });
}
