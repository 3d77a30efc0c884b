/** /api/v0/settings/email: the user's mail address and format (extended §3.5). */
import type { MailChange } from "../../directory/users.ts";
import { type Fields, readNegotiated } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { refused } from "../../http/error-response.ts";
import { identifyPresented } from "../../http/identified.ts";
import { presentedToken } from "../../http/presented-token.ts";
import { useResponse } from "../../http/use-response.ts";
import { EMAIL_FORM, mailChange } from "./email-request.ts";

export async function showEmail(context: EdgeContext): Promise<Response> {
  const caller = callerOf(context.req.raw, context.get("config").clientAddress);
  const token = await identifyPresented(context, presentedToken(context, new Map(), "lenient"), caller);
  if (!token.ok) return refused(context, token.refusal);
  const { momId, presented, from } = token.value;
  const settings = await context.env.MYTOKEN.getByName(momId).mailSettings({ presented, caller });
  if (!settings.ok) return refused(context, settings.refusal);
  context.get("log").events.push("email_settings_listed");
  const { value, tokenUpdate } = settings.value;
  return useResponse(context, from, tokenUpdate, {
    email_address: value.address,
    email_verified: value.verified,
    prefer_html_mail: value.prefersHtml,
  });
}

export async function changeEmail(context: EdgeContext): Promise<Response> {
  const body = await readNegotiated(context.req.raw, EMAIL_FORM);
  if (!body.ok) return refused(context, body.refusal);
  const change = mailChange(body.value.fields);
  return change.ok ? changed(context, body.value.fields, change.value) : refused(context, change.refusal);
}

/** There is no other way to withdraw an address (QUIRK-35). */
export function deleteEmail(context: EdgeContext): Promise<Response> {
  return changed(context, new Map(), { address: "", prefersHtml: null });
}

async function changed(context: EdgeContext, fields: Fields, change: MailChange): Promise<Response> {
  const caller = callerOf(context.req.raw, context.get("config").clientAddress);
  const token = await identifyPresented(context, presentedToken(context, fields, "lenient"), caller);
  if (!token.ok) return refused(context, token.refusal);
  const { momId, presented, from } = token.value;
  const done = await context.env.MYTOKEN.getByName(momId).changeMail({ presented, caller }, change);
  if (!done.ok) return refused(context, done.refusal);
  if (change.address !== null) context.get("log").events.push("email_changed");
  if (change.prefersHtml !== null) context.get("log").events.push("email_mimetype_changed");
  return useResponse(context, from, done.value.tokenUpdate);
}
