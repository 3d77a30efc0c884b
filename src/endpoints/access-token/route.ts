/** POST /api/v0/token/access, which is also the `token_endpoint` of OAuth clients (token-core §8). */
import { nowSeconds } from "../../clock.ts";
import { readNegotiated } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { refused } from "../../http/error-response.ts";
import { identifyFirst } from "../../http/identified.ts";
import { jsonResponse } from "../../http/json-response.ts";
import { tokenUpdate } from "../../http/mytoken-response.ts";
import { presentedForAccess } from "../../http/presented-token.ts";
import type { AccessToken } from "../../objects/mytoken/exchange.ts";
import { ACCESS_TOKEN_FORM, accessTokenRequest, type AccessTokenRequest } from "./request.ts";
import { requestAccessToken } from "./exchange.ts";

export async function accessToken(context: EdgeContext): Promise<Response> {
  const body = await readNegotiated(context.req.raw, ACCESS_TOKEN_FORM);
  if (!body.ok) return refused(context, body.refusal);
  const request = accessTokenRequest(body.value.fields);
  if (!request.ok) return refused(context, request.refusal);
  const presented = presentedForAccess(context, body.value.fields, body.value.encoding);
  if (!presented.ok) return refused(context, presented.refusal);
  const caller = callerOf(context.req.raw, context.get("config").clientAddress);
  const token = await identifyFirst(context, presented.value, caller);
  if (!token.ok) return refused(context, token.refusal);

  const answer = await requestAccessToken(context.env.MYTOKEN, token.value, request.value, caller);
  if (!answer.ok) return refused(context, answer.refusal);
  context.get("log").events.push("AT_created", ...answer.value.reported);
  return accessTokenResponse(context, request.value, token.value.from, answer.value);
}

function accessTokenResponse(
  context: EdgeContext,
  request: AccessTokenRequest,
  from: Parameters<typeof tokenUpdate>[2],
  token: AccessToken,
): Response {
  const successor = token.tokenUpdate;
  const update = tokenUpdate(context.get("config"), successor, from, nowSeconds());
  const body = {
    access_token: token.accessToken,
    token_type: token.tokenType,
    expires_in: token.expiresIn,
    ...(token.scope !== "" && { scope: token.scope }),
    ...(token.audience && { audience: token.audience }),
    ...update.members,
    // RFC 6749 §6: oidc-agent follows the rotation only here.
    ...(successor && request.grantType === "refresh_token" && { refresh_token: successor.text }),
  };
  return jsonResponse(body, 200, update.headers);
}
