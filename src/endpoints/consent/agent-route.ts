/** POST /c: the consent page for a subtoken, which oidc-agent shows in a window of its own (token-core §7.5). */
import type { Config } from "../../config.ts";
import { nowSeconds } from "../../clock.ts";
import { readJson } from "../../http/body.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { refused } from "../../http/error-response.ts";
import { identifyPresented } from "../../http/identified.ts";
import { pageResponse } from "../../http/page-response.ts";
import { presentedToken } from "../../http/presented-token.ts";
import type { SubtokenPreview } from "../../objects/mytoken/subtoken.ts";
import { type WantedSubtoken, wantedSubtoken } from "../../objects/mytoken/wanted-subtoken.ts";
import { resolveRequest } from "../../profiles/resolve-request.ts";
import { CAPABILITIES, holds } from "../../token/capability.ts";
import { summary } from "../../token/restriction/summary.ts";
import { agentConsentPage } from "../../web/consent-page.tsx";

export async function agentConsent(context: EdgeContext): Promise<Response> {
  const config = context.get("config");
  const body = await readJson(context.req.raw);
  if (!body.ok) return refused(context, body.refusal);
  const profile = await resolveRequest(context.env.DIRECTORY, body.value);
  if (!profile.ok) return refused(context, profile.refusal);
  if (!profile.value.oidc_issuer) {
    return refused(context, { reason: "bad_request", description: "required parameter 'oidc_issuer' missing" });
  }
  const caller = callerOf(context.req.raw, config.clientAddress);
  const wanted = wantedSubtoken(config, profile.value, false, caller, nowSeconds());
  if (!wanted.ok) return refused(context, wanted.refusal);
  const token = await identifyPresented(context, presentedToken(context, body.value, "lenient"), caller);
  if (!token.ok) return refused(context, token.refusal);

  const object = context.env.MYTOKEN.getByName(token.value.momId);
  const preview = await object.previewSubtoken({ ...wanted.value, presented: token.value.presented });
  if (!preview.ok) return refused(context, preview.refusal);
  const view = viewOf(config, wanted.value, preview.value, profile.value.application_name);
  const page = agentConsentPage(view, config.issuer);
  if (page !== null) return pageResponse(context, page);
  return refused(context, { reason: "bad_request", description: "the request is too long to be shown" });
}

function viewOf(
  config: Config,
  wanted: WantedSubtoken,
  preview: SubtokenPreview,
  applicationName: string | undefined,
): Parameters<typeof agentConsentPage>[0] {
  const provider = config.providers.find(({ issuer }) => issuer === preview.issuer);
  return {
    applicationName,
    provider: { issuer: preview.issuer, name: provider?.name ?? preview.issuer },
    tokenName: wanted.name ?? "",
    knownCapabilities: CAPABILITIES.filter(({ name }) => holds(preview.bound, name)),
    capabilities: preview.capabilities,
    subtokenCapabilities: preview.subtoken_capabilities,
    restrictions: preview.restrictions,
    restrictionSummary: summary(preview.restrictions, true),
    rotation: wanted.rotation ?? undefined,
  };
}
