/** /api/v0/token/my/tags: tags on tokens (extended §3.7). */
import { readJson } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { refused } from "../../http/error-response.ts";
import { identifyPresented } from "../../http/identified.ts";
import { presentedToken } from "../../http/presented-token.ts";
import { useResponse } from "../../http/use-response.ts";
import { tokenTagRequest } from "./token-tag-request.ts";

export function addTokenTag(context: EdgeContext): Promise<Response> {
  return change(context, "added_to");
}

export function removeTokenTag(context: EdgeContext): Promise<Response> {
  return change(context, "removed_from");
}

async function change(context: EdgeContext, how: "added_to" | "removed_from"): Promise<Response> {
  const body = await readJson(context.req.raw);
  if (!body.ok) return refused(context, body.refusal);
  const request = tokenTagRequest(body.value);
  if (!request.ok) return refused(context, request.refusal);
  const caller = callerOf(context.req.raw, context.get("config").clientAddress);
  const token = await identifyPresented(context, presentedToken(context, body.value, "typed"), caller);
  if (!token.ok) return refused(context, token.refusal);
  const { momId: own, presented, from } = token.value;
  const { tag, momId, includeChildren } = request.value;
  const put = how === "added_to" ? { includeChildren } : null;
  const changed = await context.env.MYTOKEN.getByName(own).changeTokenTag({ presented, caller, tag, momId, put });
  if (!changed.ok) return refused(context, changed.refusal);
  context.get("log").events.push(`tag_${how}_${momId === null || momId === own ? "token" : "other_token"}`);
  return useResponse(context, from, changed.value.tokenUpdate);
}
