/** Scope and audiences as parameters of requests to the provider (semantics §7.3, token-core §7.6). */
import type { ScopeAndAudience } from "./restriction/fill.ts";

/** Form or query parameters in the order in which they are sent; a name may come more than once. */
type Parameters = [name: string, value: string][];

/** What decides how a provider is asked. */
interface AskedProvider {
  readonly issuer: string;
  /** One parameter each, or one for all. */
  readonly audience: { readonly request_parameter: string; readonly space_separate_auds: boolean };
}

/** What a refresh request carries beside the refresh token. No scopes: the provider decides. */
export function refreshParameters(provider: AskedProvider, { scopes, audiences }: ScopeAndAudience): Parameters {
  const parameters = audienceParameters(provider, audiences);
  return scopes.length === 0 ? parameters : [["scope", withOfflineAccess(provider, scopes).join(" ")], ...parameters];
}

/** What an authorization request asks for beside the login itself, so that a refresh token comes and every clause can be used. */
export function authorizationParameters(provider: AskedProvider, { scopes, audiences }: ScopeAndAudience): Parameters {
  const offline = withOfflineAccess(provider, scopes);
  const sent = offline.includes("openid") ? offline : [...offline, "openid"];
  return [
    ["scope", sent.join(" ")],
    ...(isGoogle(provider) ? ([["access_type", "offline"]] satisfies Parameters) : []),
    ...audienceParameters(provider, audiences),
  ];
}

/** With `offline_access`, compared as a value (Q28); without it at Google. */
function withOfflineAccess(provider: AskedProvider, scopes: readonly string[]): readonly string[] {
  if (isGoogle(provider)) return scopes.filter((value) => value !== "offline_access");
  return scopes.includes("offline_access") ? scopes : [...scopes, "offline_access"];
}

/** Google knows no `offline_access`; it wants `access_type=offline` at login instead. */
function isGoogle({ issuer }: AskedProvider): boolean {
  return issuer.replace(/\/$/, "") === "https://accounts.google.com";
}

/** The parameters that name the audiences, each of them (Q26); empty values name none. */
function audienceParameters({ audience }: AskedProvider, audiences: readonly string[]): Parameters {
  const named = audiences.filter((value) => value !== "");
  if (named.length === 0) return [];
  const values = audience.space_separate_auds ? [named.join(" ")] : named;
  return values.map((value) => [audience.request_parameter, value]);
}
