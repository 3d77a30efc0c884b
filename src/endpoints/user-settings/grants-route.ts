/** /api/v0/settings/grants: the user's grant types (extended §3.3). */
import { readNegotiated } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { refused } from "../../http/error-response.ts";
import { identifyPresented } from "../../http/identified.ts";
import { presentedToken } from "../../http/presented-token.ts";
import { useResponse } from "../../http/use-response.ts";
import { GRANT_TYPES } from "../../token/grant-type.ts";
import { GRANT_FORM, grantTypeOf } from "./grants-request.ts";

const CREATED = 201;

export async function listGrants(context: EdgeContext): Promise<Response> {
  const caller = callerOf(context.req.raw, context.get("config").clientAddress);
  const token = await identifyPresented(context, presentedToken(context, new Map(), "lenient"), caller);
  if (!token.ok) return refused(context, token.refusal);
  const { momId, presented, from } = token.value;
  const listed = await context.env.MYTOKEN.getByName(momId).listGrantSwitches({ presented, caller });
  if (!listed.ok) return refused(context, listed.refusal);
  context.get("log").events.push("settings_grants_listed");
  const { value: switches, tokenUpdate } = listed.value;
  const types = GRANT_TYPES.flatMap((type) => switches.filter(({ grantType }) => grantType === type));
  return useResponse(context, from, tokenUpdate, {
    grant_types: types.map(({ grantType, enabled }) => ({ grant_type: grantType, enabled })),
  });
}

export function enableGrant(context: EdgeContext): Promise<Response> {
  return switchGrant(context, true);
}

export function disableGrant(context: EdgeContext): Promise<Response> {
  return switchGrant(context, false);
}

async function switchGrant(context: EdgeContext, enabled: boolean): Promise<Response> {
  const body = await readNegotiated(context.req.raw, GRANT_FORM);
  if (!body.ok) return refused(context, body.refusal);
  const grantType = grantTypeOf(body.value.fields);
  if (!grantType.ok) return refused(context, grantType.refusal);
  const caller = callerOf(context.req.raw, context.get("config").clientAddress);
  const token = await identifyPresented(context, presentedToken(context, body.value.fields, "typed"), caller);
  if (!token.ok) return refused(context, token.refusal);
  const { momId, presented, from } = token.value;
  const change = { grantType: grantType.value, enabled };
  const switched = await context.env.MYTOKEN.getByName(momId).switchGrant({ presented, caller }, change);
  if (!switched.ok) return refused(context, switched.refusal);
  context.get("log").events.push(enabled ? "settings_grant_enabled" : "settings_grant_disabled");
  const { tokenUpdate } = switched.value;
  // Go clients read the body of a 201 (QUIRK-9).
  return enabled ? useResponse(context, from, tokenUpdate, {}, CREATED) : useResponse(context, from, tokenUpdate);
}
