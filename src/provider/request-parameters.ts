/** Scope and audience as a provider wants them named (semantics §7.3). */
import type { AudienceSettings, ProviderSettings } from "./settings.ts";

/** Google knows no `offline_access`; it wants `access_type=offline` at login instead (token-core §7.6). */
export function isGoogle(issuer: string): boolean {
  return issuer === "https://accounts.google.com" || issuer === "https://accounts.google.com/";
}

/** The scope values with `offline_access` among them; without it at Google. Compared as values (Q28). */
export function withOfflineAccess(provider: ProviderSettings, scopes: readonly string[]): readonly string[] {
  if (isGoogle(provider.issuer)) return scopes.filter((value) => value !== "offline_access");
  return scopes.includes("offline_access") ? scopes : [...scopes, "offline_access"];
}

/** Name and value pairs for the audiences, empty values left out: one pair each, or all in one (QUIRK-33). */
export function audienceParameters(
  settings: AudienceSettings,
  audiences: readonly string[],
): readonly (readonly [string, string])[] {
  const named = audiences.filter((audience) => audience !== "");
  if (named.length === 0) return [];
  const values = settings.space_separate_auds ? [named.join(" ")] : named;
  return values.map((value) => [settings.request_parameter, value] as const);
}
