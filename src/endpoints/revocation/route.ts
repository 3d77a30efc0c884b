/** POST /api/v0/token/revoke (token-core §10, RFC 7009). */
import { nowSeconds } from "../../clock.ts";
import type { Refusal } from "../../errors.ts";
import { readNegotiated } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { endedSessionCookie } from "../../http/cookies.ts";
import { refused } from "../../http/error-response.ts";
import { jsonResponse, noContent } from "../../http/json-response.ts";
import { tokenUpdate } from "../../http/mytoken-response.ts";
import { presentedForRevocation, type PresentedToken } from "../../http/presented-token.ts";
import { countStranger } from "../../http/rate-limit.ts";
import { identify } from "../../signer/identify.ts";
import type { Caller } from "../../token/caller.ts";
import { revokeCode, revokeToken } from "./revoke.ts";
import { REVOCATION_FORM, revocationRequest, type RevocationRequest } from "./revocation-request.ts";

/** Shorter texts are codes (token-core §13.1). */
const SHORTEST_TOKEN = 32;

export async function revocation(context: EdgeContext): Promise<Response> {
  const body = await readNegotiated(context.req.raw, REVOCATION_FORM);
  if (!body.ok) return refused(context, body.refusal);
  const request = revocationRequest(body.value.fields);
  if (!request.ok) return refused(context, request.refusal);
  const presented = presentedForRevocation(context, body.value.fields);
  if (!presented.ok) return refused(context, presented.refusal);
  const caller = callerOf(context.req.raw, context.get("config").clientAddress);
  return request.value.momId === null
    ? revokePresented(context, presented.value, request.value, caller)
    : revokeByMomId(context, presented.value, { ...request.value, momId: request.value.momId }, caller);
}

async function revokePresented(
  context: EdgeContext,
  { text, from }: PresentedToken,
  request: RevocationRequest,
  caller: Caller,
): Promise<Response> {
  const config = context.get("config");
  const stores = { codes: context.env.CODES, mytokens: context.env.MYTOKEN, flows: context.env.AUTHORIZATION };
  if (text.length < SHORTEST_TOKEN) {
    const limited = await countStranger(context.env.STRANGERS, caller.address);
    if (limited) return refused(context, limited);
    const revoked = await revokeCode(config, stores, text, request.issuer);
    return revoked.ok ? noContent() : refused(context, revoked.refusal);
  }
  const found = await identify(config, text, nowSeconds(), true);
  if (!found.ok) return forgotten(context, caller);
  const revoked = await revokeToken(stores, found.token, request, caller);
  if (!revoked.ok) return refused(context, revoked.refusal);
  return noContent(from === "cookie" ? { "Set-Cookie": endedSessionCookie(config) } : {});
}

/** A text that is no token of ours is as good as revoked (RFC 7009 §2.2), but whoever sends many is a stranger. */
async function forgotten(context: EdgeContext, caller: Caller): Promise<Response> {
  const limited = await countStranger(context.env.STRANGERS, caller.address);
  return limited ? refused(context, limited) : noContent();
}

/** The presented token authorises, another one ends. What the edge already refuses is 400, as recorded (DESIGN §8). */
async function revokeByMomId(
  context: EdgeContext,
  { text, from }: PresentedToken,
  request: RevocationRequest & { readonly momId: string },
  caller: Caller,
): Promise<Response> {
  const config = context.get("config");
  const now = nowSeconds();
  const found = text.length < SHORTEST_TOKEN ? null : await identify(config, text, now, true);
  if (!found?.ok) {
    const description = found ? found.description : "token not valid";
    const refusal: Refusal = { reason: "bad_request", description };
    return refused(context, (await countStranger(context.env.STRANGERS, caller.address)) ?? refusal);
  }
  const { momId, presented } = found.token;
  const revoked = await context.env.MYTOKEN.getByName(momId).revokeOther({
    presented,
    caller,
    momId: request.momId,
    recursive: request.recursive,
  });
  if (!revoked.ok) return refused(context, revoked.refusal);
  context.get("log").events.push("revoked_other_token");
  const update = tokenUpdate(config, revoked.value, from, now);
  return revoked.value === null ? noContent() : jsonResponse(update.members, 200, update.headers);
}
