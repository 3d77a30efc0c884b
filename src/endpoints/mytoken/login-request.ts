/** The request that starts a login (token-core §7.1): read, resolved and checked before anything is stored. */
import * as v from "valibot";
import type { Config } from "../../config.ts";
import { badRequest, done, refuse, type Result } from "../../errors.ts";
import { type Fields, parseFields } from "../../http/body.ts";
import type { LoginRequest } from "../../objects/authorization/schema.ts";
import type { Caller } from "../../token/caller.ts";
import { LOGIN_DEFAULT } from "../../token/capability.ts";
import { rootCapabilities } from "../../token/granted-capabilities.ts";
import { NAME_LENGTH } from "../../token/name.ts";
import { clausesOfLogin } from "../../token/requested-clauses.ts";
import { requestedTags } from "../../token/tag.ts";
import type { Profile } from "../../token/templates/profile.ts";
import { type RedirectTarget, redirectTarget } from "./redirect-target.ts";

/** Members that are read from the body itself and never from a profile (semantics §5.4). */
const schema = v.object({
  oidc_flow: v.exactOptional(v.nullable(v.string())),
  client_type: v.exactOptional(v.string()),
  redirect_uri: v.exactOptional(v.string()),
});

export interface LoginStart {
  /** `null` for native flows, whose `redirect_uri` is ignored. */
  readonly target: RedirectTarget | null;
  readonly request: LoginRequest;
}

/** The start of a login out of body and resolved profile. */
export function loginStart(
  config: Config,
  fields: Fields,
  profile: Profile,
  caller: Caller,
  now: number,
): Result<LoginStart> {
  const own = parseFields(fields, schema);
  if (!own.ok) return own;
  const { oidc_flow: flow = "authorization_code", client_type: clientType, redirect_uri: redirectUri = "" } = own.value;
  if (flow !== "authorization_code") return badRequest(`value '${(flow ?? "").slice(0, 64)}' not valid for OIDCFlow`);
  const provider = config.providers.find(({ issuer }) => sameIssuer(issuer, profile.oidc_issuer ?? ""));
  if (!provider) return refuse({ reason: "unsupported_issuer" });
  const native = clientType !== "web" && config.pollingCodes;
  if (!native && redirectUri === "") {
    return badRequest("parameter redirect_uri must be given for client_type=web");
  }
  const target = native ? null : redirectTarget(config, redirectUri);
  if (target && !target.ok) return target;
  if ((profile.name ?? "").length > NAME_LENGTH) return refuse({ reason: "name_too_long", limit: NAME_LENGTH });
  const clauses = clausesOfLogin(profile.restrictions, {
    now,
    address: caller.address,
    unsupported: config.unsupportedRestrictions,
  });
  if (!clauses.ok) return clauses;
  const tags = requestedTags(profile.tags);
  if (!tags.ok) return tags;
  const { capabilities, subtoken_capabilities: bound } = rootCapabilities(profile, LOGIN_DEFAULT);
  return done({
    target: target && target.value,
    request: {
      issuer: provider.issuer,
      capabilities,
      subtokenCapabilities: bound ?? null,
      restrictions: clauses.value,
      rotation: config.tokenRotation ? (profile.rotation ?? null) : null,
      name: profile.name ?? null,
      tags: tags.value,
      responseType: profile.response_type ?? null,
      maxTokenLength: profile.max_token_len ?? null,
      applicationName: profile.application_name ?? null,
    },
  });
}

/** Issuers are one with and without a trailing slash (token-core §7.1). */
function sameIssuer(configured: string, given: string): boolean {
  return configured.replace(/\/$/, "") === given.replace(/\/$/, "");
}
