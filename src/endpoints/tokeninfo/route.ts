/** POST /api/v0/tokeninfo: what a mytoken can tell about itself, its family and its user (extended §2). */
import type { Result } from "../../errors.ts";
import { readJson } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { refused } from "../../http/error-response.ts";
import { identifyPresented, type IdentifiedFrom } from "../../http/identified.ts";
import { jsonResponse } from "../../http/json-response.ts";
import type { HandedOut } from "../../http/mytoken-response.ts";
import { presentedToken } from "../../http/presented-token.ts";
import { useResponse } from "../../http/use-response.ts";
import type { UseRequest } from "../../objects/mytoken/reserve.ts";
import { treesOf } from "./tree.ts";
import { tokeninfoRequest } from "./tokeninfo-request.ts";

export async function tokeninfo(context: EdgeContext): Promise<Response> {
  const config = context.get("config");
  const body = await readJson(context.req.raw);
  if (!body.ok) return refused(context, body.refusal);
  const request = tokeninfoRequest(body.value, config.tokeninfoActions);
  if (!request.ok) return refused(context, request.refusal);
  const caller = callerOf(context.req.raw, config.clientAddress);
  const token = await identifyPresented(context, presentedToken(context, body.value, "typed"), caller);
  if (!token.ok) return refused(context, token.refusal);

  const use: UseRequest = { presented: token.value.presented, caller };
  const { action, momIds } = request.value;
  switch (action) {
    case "introspect":
      return introspection(context, token.value, use);
    case "event_history":
      return eventHistory(context, token.value, use, momIds);
    case "subtokens":
      return subtokens(context, token.value, use);
    case "list_mytokens":
      return allTokens(context, token.value, use);
    case "notifications":
      return notifications(context, token.value, use, momIds);
  }
}

async function introspection(context: EdgeContext, token: IdentifiedFrom, use: UseRequest): Promise<Response> {
  const found = await context.env.MYTOKEN.getByName(token.momId).introspect(use);
  if (!found.ok) return refused(context, found.refusal);
  context.get("log").events.push("tokeninfo_introspect");
  const { momId, form, claims, tags } = found.value;
  return jsonResponse({
    valid: true,
    mom_id: momId,
    token_type: form,
    token: claims,
    ...(tags.length > 0 && { tags }),
  });
}

async function eventHistory(
  context: EdgeContext,
  token: IdentifiedFrom,
  use: UseRequest,
  momIds: readonly string[],
): Promise<Response> {
  const found = await context.env.MYTOKEN.getByName(token.momId).eventHistory({ ...use, momIds });
  const event = momIds.length === 0 ? "tokeninfo_history" : "tokeninfo_history_other_token";
  return answer(context, token, event, found, (events) => ({ events }));
}

async function subtokens(context: EdgeContext, token: IdentifiedFrom, use: UseRequest): Promise<Response> {
  const found = await context.env.MYTOKEN.getByName(token.momId).listSubtokens(use);
  return answer(context, token, "tokeninfo_subtokens", found, (tokens) => ({ mytokens: treesOf(tokens)[0] }));
}

async function allTokens(context: EdgeContext, token: IdentifiedFrom, use: UseRequest): Promise<Response> {
  const found = await context.env.MYTOKEN.getByName(token.momId).listTokens(use);
  return answer(context, token, "tokeninfo_list_mytokens", found, (tokens) => ({ mytokens: treesOf(tokens) }));
}

/** Nothing can be subscribed yet; two or more elements are answered one by one, by `mom_id` and as they were named (QUIRK-22). */
async function notifications(
  context: EdgeContext,
  token: IdentifiedFrom,
  use: UseRequest,
  momIds: readonly string[],
): Promise<Response> {
  const found = await context.env.MYTOKEN.getByName(token.momId).subscriptions({ ...use, momIds });
  const event = momIds.length === 0 ? "tokeninfo_notifications" : "tokeninfo_notifications_other_token";
  return answer(context, token, event, found, (reached) => {
    if (momIds.length < 2) return {};
    const names = momIds.includes("this") ? ["this", ...reached] : reached;
    return { mom_id_mapping: Object.fromEntries(names.map((name) => [name, {}])) };
  });
}

type Performed<Value> = Result<{ readonly value: Value; readonly tokenUpdate: HandedOut | null }>;

function answer<Value>(
  context: EdgeContext,
  { from }: IdentifiedFrom,
  event: string,
  performed: Performed<Value>,
  bodyOf: (value: Value) => object,
): Response {
  if (!performed.ok) return refused(context, performed.refusal);
  context.get("log").events.push(event);
  const { value, tokenUpdate } = performed.value;
  return useResponse(context, from, tokenUpdate, bodyOf(value));
}
