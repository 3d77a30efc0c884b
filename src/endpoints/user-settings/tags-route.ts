/** /api/v0/settings/tags: the user's tags (extended §3.6). */
import { badRequest } from "../../errors.ts";
import { type Fields, readOptionalJson } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { refused } from "../../http/error-response.ts";
import { identifyPresented } from "../../http/identified.ts";
import { presentedToken } from "../../http/presented-token.ts";
import { useResponse } from "../../http/use-response.ts";
import { newTag, tagChange, tagInPath } from "./tags-request.ts";

export async function listTags(context: EdgeContext): Promise<Response> {
  const token = await authorised(context, new Map());
  if (!token.ok) return refused(context, token.refusal);
  const { object, use, from } = token.value;
  const tags = await object.listTags(use);
  if (!tags.ok) return refused(context, tags.refusal);
  context.get("log").events.push("tags_listed");
  return useResponse(context, from, tags.value.tokenUpdate, { tags: tags.value.value });
}

export async function createTag(context: EdgeContext): Promise<Response> {
  const name = tagInPath(context.req.url);
  if (!name.ok) return refused(context, name.refusal);
  const body = await readOptionalJson(context.req.raw);
  if (!body.ok) return refused(context, body.refusal);
  const fields = body.value ?? new Map();
  const tag = newTag(name.value, fields);
  if (!tag.ok) return refused(context, tag.refusal);
  const token = await authorised(context, fields);
  if (!token.ok) return refused(context, token.refusal);
  const { object, use, from } = token.value;
  const created = await object.createTag(use, tag.value);
  if (!created.ok) return refused(context, created.refusal);
  context.get("log").events.push("tag_created");
  return useResponse(context, from, created.value.tokenUpdate);
}

export async function changeTag(context: EdgeContext): Promise<Response> {
  const name = tagInPath(context.req.url);
  if (!name.ok) return refused(context, name.refusal);
  const body = await readOptionalJson(context.req.raw);
  if (!body.ok) return refused(context, body.refusal);
  const fields = body.value ?? new Map();
  const change = tagChange(fields);
  if (!change.ok) return refused(context, change.refusal);
  if (change.value.tag === null && change.value.color === null) {
    return refused(context, badRequest("no supported request parameter given").refusal);
  }
  const token = await authorised(context, fields);
  if (!token.ok) return refused(context, token.refusal);
  const { object, use, from } = token.value;
  const changed = await object.changeTag(use, name.value, change.value);
  if (!changed.ok) return refused(context, changed.refusal);
  context.get("log").events.push("tag_updated");
  return useResponse(context, from, changed.value.tokenUpdate);
}

export async function deleteTag(context: EdgeContext): Promise<Response> {
  const name = tagInPath(context.req.url);
  if (!name.ok) return refused(context, name.refusal);
  const token = await authorised(context, new Map());
  if (!token.ok) return refused(context, token.refusal);
  const { object, use, from } = token.value;
  const deleted = await object.removeTag(use, name.value);
  if (!deleted.ok) return refused(context, deleted.refusal);
  context.get("log").events.push("tag_deleted");
  return useResponse(context, from, deleted.value.tokenUpdate);
}

/** The token's object, and the use to ask it for. */
async function authorised(context: EdgeContext, fields: Fields) {
  const caller = callerOf(context.req.raw, context.get("config").clientAddress);
  const token = await identifyPresented(context, presentedToken(context, fields, "lenient"), caller);
  if (!token.ok) return token;
  const { momId, presented, from } = token.value;
  return {
    ok: true,
    value: { object: context.env.MYTOKEN.getByName(momId), use: { presented, caller }, from },
  } as const;
}
