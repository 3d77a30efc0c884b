/** GET and POST /c/:consent_code: who asks for what, and the person's answer (token-core §7.3, §7.4). */
import { nowSeconds } from "../../clock.ts";
import { wantsPage } from "../../http/accept.ts";
import { readOptionalJson } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { loginCookie } from "../../http/cookies.ts";
import { refused } from "../../http/error-response.ts";
import { jsonResponse } from "../../http/json-response.ts";
import { pageResponse, refusedPage } from "../../http/page-response.ts";
import { countStranger } from "../../http/rate-limit.ts";
import type { Flow } from "../../objects/authorization/schema.ts";
import type { Refusal } from "../../errors.ts";
import type { Caller } from "../../token/caller.ts";
import { CAPABILITIES } from "../../token/capability.ts";
import { summary } from "../../token/restriction/summary.ts";
import { consentPage } from "../../web/consent-page.tsx";
import { abortedPath } from "./aborted-path.ts";
import { readApproval } from "./approval-request.ts";
import { flowOfConsentCode } from "./flow.ts";

/** "OK, go there" (token-core §3). */
const GO_THERE = 278;
const GONE: Refusal = { reason: "flow_gone" };

export async function showConsent(context: EdgeContext): Promise<Response> {
  const config = context.get("config");
  const caller = callerOf(context.req.raw, config.clientAddress);
  const code = context.req.param("consent_code") ?? "";
  const flow = await flowOfConsentCode(config, context.env.AUTHORIZATION, code);
  if (!flow) return unknownCode(context, caller);
  const view = await flow.view(code);
  if (!view.ok) return wantsPage(context.req.raw) ? refusedPage(context, view.refusal) : refused(context, view.refusal);
  return pageResponse(context, consentPage(viewOf(context, view.value, caller)));
}

export async function answerConsent(context: EdgeContext): Promise<Response> {
  const config = context.get("config");
  const caller = callerOf(context.req.raw, config.clientAddress);
  const code = context.req.param("consent_code") ?? "";
  const flow = await flowOfConsentCode(config, context.env.AUTHORIZATION, code);
  if (!flow) return refused(context, (await countStranger(context.env.STRANGERS, caller.address)) ?? GONE);
  const body = await readOptionalJson(context.req.raw);
  if (!body.ok) return refused(context, body.refusal);
  if (body.value === null) {
    const declined = await flow.decline(code);
    if (!declined.ok) return refused(context, declined.refusal);
    return jsonResponse({ url: abortedPath(declined.value) }, GO_THERE);
  }
  const approval = readApproval(config, body.value, caller, nowSeconds());
  if (!approval.ok) return refused(context, approval.refusal);
  const approved = await flow.approve(code, approval.value);
  if (!approved.ok) return refused(context, approved.refusal);
  const { authorizationUri, flowId, cookie } = approved.value;
  const headers = { "Set-Cookie": loginCookie(config, flowId, cookie) };
  return jsonResponse({ authorization_uri: authorizationUri }, GO_THERE, headers);
}

async function unknownCode(context: EdgeContext, caller: Caller): Promise<Response> {
  const refusal = (await countStranger(context.env.STRANGERS, caller.address)) ?? GONE;
  return wantsPage(context.req.raw) ? refusedPage(context, refusal) : refused(context, refusal);
}

function viewOf(
  context: EdgeContext,
  flow: Pick<Flow, "redirect_uri" | "request" | "started_from">,
  browser: Caller,
): Parameters<typeof consentPage>[0] {
  const { request, redirect_uri: returnTo } = flow;
  const provider = context.get("config").providers.find(({ issuer }) => issuer === request.issuer);
  return {
    applicationName: request.applicationName ?? undefined,
    provider: { issuer: request.issuer, name: provider?.name ?? request.issuer },
    tokenName: request.name ?? "",
    knownCapabilities: CAPABILITIES,
    capabilities: request.capabilities,
    subtokenCapabilities: request.subtokenCapabilities ?? undefined,
    restrictions: request.restrictions,
    // The person may still tick `create_mytoken`.
    restrictionSummary: summary(request.restrictions, true),
    rotation: request.rotation ?? undefined,
    startedFrom: flow.started_from,
    browser,
    returnHost: returnTo !== null && URL.canParse(returnTo) ? new URL(returnTo).host : undefined,
  };
}
