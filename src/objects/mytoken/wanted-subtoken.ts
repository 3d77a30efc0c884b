/** From the resolved profile of a request to what is wanted of the parent's object (semantics §2.1). */
import type { Config } from "../../config.ts";
import { done, refuse, type Result } from "../../errors.ts";
import type { Caller } from "../../token/caller.ts";
import { NAME_LENGTH } from "../../token/name.ts";
import { requestedClauses } from "../../token/requested-clauses.ts";
import { requestedTags } from "../../token/tag.ts";
import type { Profile } from "../../token/templates/profile.ts";
import type { SubtokenRequest } from "./subtoken.ts";

/** What is wanted, without the token that it is wanted of. */
export type WantedSubtoken = Omit<SubtokenRequest, "presented">;

/** Parses the clauses, replaces `this`, checks the name; what the operator switched off is refused. */
export function wantedSubtoken(
  config: Config,
  profile: Profile,
  errorOnRestrictions: boolean,
  caller: Caller,
  now: number,
): Result<WantedSubtoken> {
  if ((profile.name ?? "").length > NAME_LENGTH) return refuse({ reason: "name_too_long", limit: NAME_LENGTH });
  const clauses = requestedClauses(profile.restrictions, {
    now,
    address: caller.address,
    unsupported: config.unsupportedRestrictions,
  });
  if (!clauses.ok) return clauses;
  const tags = requestedTags(profile.tags);
  if (!tags.ok) return tags;
  return done({
    caller,
    ...(profile.oidc_issuer ? { issuer: profile.oidc_issuer } : {}),
    name: profile.name || null,
    restrictions: clauses.value,
    capabilities: profile.capabilities ?? [],
    subtokenCapabilities: profile.subtoken_capabilities ?? [],
    rotation: config.tokenRotation ? (profile.rotation ?? null) : null,
    tags: tags.value,
    errorOnRestrictions,
    responseType: profile.response_type ?? null,
    maxTokenLength: profile.max_token_len ?? null,
  });
}
