/** Scope and audiences as parameters of requests to the provider (semantics §7.3, token-core §7.6). */
import type { Clause } from "./clause.ts";
import { authorizationAudiences, authorizationScopes, isGoogle, refreshScopes } from "./restriction/fill.ts";
import type { ScopeAndAudience } from "./restriction/fill.ts";

/** Form or query parameters in the order in which they are sent; a name may come more than once. */
export type Parameters = readonly (readonly [name: string, value: string])[];

/** How the provider wants audiences to be named: one parameter each, or one for all. */
export interface AudienceStyle {
  readonly request_parameter: string;
  readonly space_separate_auds: boolean;
}

/** The parameters that name the audiences, each of them (Q26); empty values name none. */
export function audienceParameters(style: AudienceStyle, audiences: readonly string[]): Parameters {
  const named = audiences.filter((audience) => audience !== "");
  if (named.length === 0) return [];
  const values = style.space_separate_auds ? [named.join(" ")] : named;
  return values.map((value) => [style.request_parameter, value] as const);
}

/** What a refresh request carries beside the refresh token. No scopes: the provider decides. */
export function refreshParameters(
  provider: { readonly issuer: string; readonly audience: AudienceStyle },
  { scopes, audiences }: ScopeAndAudience,
): Parameters {
  const sent = refreshScopes(scopes, provider.issuer);
  const scope = sent.length === 0 ? [] : [["scope", sent.join(" ")] as const];
  return [...scope, ...audienceParameters(provider.audience, audiences)];
}

/** What an authorization request asks for, so that every clause can be used later. */
export function authorizationParameters(
  provider: { readonly issuer: string; readonly scopes: readonly string[]; readonly audience: AudienceStyle },
  clauses: readonly Clause[],
): Parameters {
  return [
    ["scope", authorizationScopes(clauses, provider.scopes, provider.issuer).join(" ")],
    ...(isGoogle(provider.issuer) ? [["access_type", "offline"] as const] : []),
    ...audienceParameters(provider.audience, authorizationAudiences(clauses)),
  ];
}
