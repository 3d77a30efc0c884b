/** POST /api/v0/token/my: logins, polling, subtokens (token-core §6). */
import * as v from "valibot";
import { publicUrl } from "../../config.ts";
import { nowSeconds } from "../../clock.ts";
import { type Fields, parseFields, readJson } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { loginCookie } from "../../http/cookies.ts";
import { refused } from "../../http/error-response.ts";
import { jsonResponse } from "../../http/json-response.ts";
import { mytokenMembers } from "../../http/mytoken-response.ts";
import { countStranger } from "../../http/rate-limit.ts";
import { resolveRequest } from "../../profiles/resolve-request.ts";
import { collectLogin } from "./collect.ts";
import { loginStart } from "./login-request.ts";
import { approveAsAsked, startLogin } from "./start-login.ts";

const grantTypeSchema = v.object({ grant_type: v.exactOptional(v.string()) });
const pollingSchema = v.object({ polling_code: v.exactOptional(v.string(), "") });

/** "OK, go there": the reference's own status for its pages' scripts (token-core §3). */
const GO_THERE = 278;

export async function mytoken(context: EdgeContext): Promise<Response> {
  const body = await readJson(context.req.raw);
  if (!body.ok) return refused(context, body.refusal);
  const inBody = parseFields(body.value, grantTypeSchema);
  if (!inBody.ok) return refused(context, inBody.refusal);
  // The query counts first (token-core §6.1).
  switch (context.req.query("grant_type") ?? inBody.value.grant_type) {
    case "oidc_flow":
      return login(context, body.value);
    case "polling_code":
      return context.var.config.pollingCodes ? poll(context, body.value) : unsupported(context);
    default:
      return unsupported(context);
  }
}

async function login(context: EdgeContext, fields: Fields): Promise<Response> {
  const { config } = context.var;
  const caller = callerOf(context.req.raw, config.clientAddress);
  const profile = await resolveRequest(fields);
  if (!profile.ok) return refused(context, profile.refusal);
  const start = loginStart(config, fields, profile.value, caller, nowSeconds());
  if (!start.ok) return refused(context, start.refusal);
  const limited = await countStranger(context.env.STRANGERS, caller.address);
  if (limited) return refused(context, limited);

  const started = await startLogin(context.env.AUTHORIZATION, start.value, caller);
  if (start.value.target?.trusted && isOwnPage(context)) {
    const approved = await approveAsAsked(context.env.AUTHORIZATION, started, start.value);
    if (!approved.ok) return refused(context, approved.refusal);
    const { authorizationUri, flowId, cookie } = approved.value;
    const headers = { "Set-Cookie": loginCookie(config, flowId, cookie) };
    return jsonResponse({ authorization_uri: authorizationUri }, GO_THERE, headers);
  }
  return jsonResponse({
    consent_uri: publicUrl(config, `/c/${started.consentCode}`),
    ...(started.pollingCode !== null && {
      polling_code: started.pollingCode,
      expires_in: config.codeLifetimeSeconds,
      interval: config.pollingIntervalSeconds,
    }),
  });
}

async function poll(context: EdgeContext, fields: Fields): Promise<Response> {
  const { config } = context.var;
  const request = parseFields(fields, pollingSchema);
  if (!request.ok) return refused(context, request.refusal);
  const caller = callerOf(context.req.raw, config.clientAddress);
  const collected = await collectLogin(config, context.env.AUTHORIZATION, request.value.polling_code, caller);
  if (!collected.ok) {
    const stranger = collected.refusal.reason === "code_unknown";
    const limited = stranger ? await countStranger(context.env.STRANGERS, caller.address) : null;
    return refused(context, limited ?? collected.refusal);
  }
  context.var.log.events.push("transfer_code_used");
  return jsonResponse(mytokenMembers(config, collected.value, nowSeconds()));
}

/** Another site must not start a login without consent in somebody's browser (DESIGN §8). */
function isOwnPage(context: EdgeContext): boolean {
  const origin = context.req.header("Origin");
  return origin === undefined || origin === new URL(context.var.config.issuer).origin;
}

function unsupported(context: EdgeContext): Response {
  return refused(context, { reason: "unsupported_grant_type" });
}
