/** POST /api/v0/token/my: logins, polling, subtokens (token-core §6). */
import * as v from "valibot";
import { publicUrl } from "../../config.ts";
import { nowSeconds } from "../../clock.ts";
import type { Result } from "../../errors.ts";
import { type Fields, parseFields, readJson } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { loginCookie } from "../../http/cookies.ts";
import { refused } from "../../http/error-response.ts";
import { jsonResponse } from "../../http/json-response.ts";
import { identifyPresented } from "../../http/identified.ts";
import { type HandedOut, mytokenMembers, tokenUpdate } from "../../http/mytoken-response.ts";
import { presentedToken } from "../../http/presented-token.ts";
import { countStranger } from "../../http/rate-limit.ts";
import { wantedSubtoken } from "../../objects/mytoken/wanted-subtoken.ts";
import { resolveRequest } from "../../profiles/resolve-request.ts";
import { collectLogin } from "./collect.ts";
import { loginStart } from "./login-request.ts";
import { redeemTransferCode } from "./redeem.ts";
import { approveAsAsked, startLogin } from "./start-login.ts";

const grantTypeSchema = v.object({ grant_type: v.exactOptional(v.nullable(v.string())) });
const pollingSchema = v.object({ polling_code: v.exactOptional(v.string(), "") });
const errorFlagSchema = v.object({ error_on_restrictions: v.exactOptional(v.boolean(), false) });
const transferSchema = v.object({ transfer_code: v.exactOptional(v.string(), "") });

/** "OK, go there": the reference's own status for its pages' scripts (token-core §3). */
const GO_THERE = 278;

export async function mytoken(context: EdgeContext): Promise<Response> {
  const body = await readJson(context.req.raw);
  if (!body.ok) return refused(context, body.refusal);
  const inBody = parseFields(body.value, grantTypeSchema);
  if (!inBody.ok) return refused(context, inBody.refusal);
  const config = context.get("config");
  // The query counts first (token-core §6.1).
  switch (context.req.query("grant_type") ?? inBody.value.grant_type) {
    case "oidc_flow":
      return login(context, body.value);
    case "mytoken":
    case "refresh_token":
      return subtoken(context, body.value);
    case "polling_code":
      return config.pollingCodes ? poll(context, body.value) : unsupported(context);
    case "transfer_code":
      return config.transferCodes ? redeem(context, body.value) : unsupported(context);
    default:
      return unsupported(context);
  }
}

async function login(context: EdgeContext, fields: Fields): Promise<Response> {
  const config = context.get("config");
  const caller = callerOf(context.req.raw, config.clientAddress);
  const limited = await countStranger(context.env.STRANGERS, caller.address);
  if (limited) return refused(context, limited);
  const profile = await resolveRequest(context.env.DIRECTORY, fields);
  if (!profile.ok) return refused(context, profile.refusal);
  const start = loginStart(config, fields, profile.value, caller, nowSeconds());
  if (!start.ok) return refused(context, start.refusal);

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

async function subtoken(context: EdgeContext, fields: Fields): Promise<Response> {
  const config = context.get("config");
  const caller = callerOf(context.req.raw, config.clientAddress);
  const profile = await resolveRequest(context.env.DIRECTORY, fields);
  if (!profile.ok) return refused(context, profile.refusal);
  const flag = parseFields(fields, errorFlagSchema);
  if (!flag.ok) return refused(context, flag.refusal);
  const wanted = wantedSubtoken(config, profile.value, flag.value.error_on_restrictions, caller, nowSeconds());
  if (!wanted.ok) return refused(context, wanted.refusal);
  const token = await identifyPresented(context, presentedToken(context, fields, "lenient"), caller);
  if (!token.ok) return refused(context, token.refusal);

  const object = context.env.MYTOKEN.getByName(token.value.momId);
  const made = await object.subtoken({ ...wanted.value, presented: token.value.presented });
  if (!made.ok) return refused(context, made.refusal);
  context.get("log").events.push("MT_created");
  const now = nowSeconds();
  const update = tokenUpdate(config, made.value.tokenUpdate, token.value.from, now);
  const body = { ...mytokenMembers(config, made.value.value, now), ...update.members };
  return jsonResponse(body, 200, update.headers);
}

async function poll(context: EdgeContext, fields: Fields): Promise<Response> {
  const config = context.get("config");
  const request = parseFields(fields, pollingSchema);
  if (!request.ok) return refused(context, request.refusal);
  const caller = callerOf(context.req.raw, config.clientAddress);
  const collected = await collectLogin(config, context.env.AUTHORIZATION, request.value.polling_code, caller);
  // A poll that finds its login is free, also when that is over (DESIGN §10).
  const stranger = !collected.ok && collected.refusal.reason === "code_unknown";
  const limited = stranger ? await countStranger(context.env.STRANGERS, caller.address) : null;
  return limited ? refused(context, limited) : redeemed(context, collected);
}

async function redeem(context: EdgeContext, fields: Fields): Promise<Response> {
  const config = context.get("config");
  const request = parseFields(fields, transferSchema);
  if (!request.ok) return refused(context, request.refusal);
  const caller = callerOf(context.req.raw, config.clientAddress);
  // Every attempt counts, and first: eight letters can be guessed.
  const limited = await countStranger(context.env.STRANGERS, caller.address);
  if (limited) return refused(context, limited);
  const stores = { codes: context.env.CODES, mytokens: context.env.MYTOKEN };
  const token = await redeemTransferCode(config, stores, request.value.transfer_code, caller);
  return redeemed(context, token);
}

/** The token of a code. */
function redeemed(context: EdgeContext, token: Result<HandedOut>): Response {
  if (!token.ok) return refused(context, token.refusal);
  context.get("log").events.push("transfer_code_used");
  return jsonResponse(mytokenMembers(context.get("config"), token.value, nowSeconds()));
}

/** Another site must not start a login without consent in somebody's browser (DESIGN §8). */
function isOwnPage(context: EdgeContext): boolean {
  const origin = context.req.header("Origin");
  return origin === undefined || origin === new URL(context.get("config").issuer).origin;
}

function unsupported(context: EdgeContext): Response {
  return refused(context, { reason: "unsupported_grant_type" });
}
