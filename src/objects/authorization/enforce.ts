/** The restrictions that a provider's operator enforces on this person (semantics §6), after the code exchange. */
import { done, refuse, type Result } from "../../errors.ts";
import { claimsFromSource } from "../../provider/claim-source.ts";
import type { LoggedIn } from "../../provider/code-exchange.ts";
import { isOwnSource } from "../../provider/enforced-settings.ts";
import { claimsOfJwt } from "../../provider/jwt-claims.ts";
import type { ProviderMetadata } from "../../provider/metadata.ts";
import type { ProviderSettings } from "../../provider/settings.ts";
import { type Claims, userInfo } from "../../provider/user-info.ts";
import { resolveEnforced } from "../../profiles/resolve-enforced.ts";
import type { Clause } from "../../token/clause.ts";
import { type ClaimSource, decideEnforcement } from "../../token/enforced.ts";
import { requestedClauses } from "../../token/requested-clauses.ts";
import { tighten } from "../../token/restriction/tighten.ts";

export interface EnforcementRequest {
  readonly directory: D1Database;
  readonly provider: ProviderSettings;
  readonly server: ProviderMetadata;
  readonly login: LoggedIn;
  readonly signal: AbortSignal;
  /** Of whoever started the login: what `this` means in a template (Q46). */
  readonly startedFrom: string | null;
  readonly now: number;
}

/** The clauses, tightened against what is enforced; refused if the person may have no mytoken at all. */
export async function enforce(
  request: EnforcementRequest,
  clauses: readonly Clause[],
): Promise<Result<readonly Clause[]>> {
  const settings = request.provider.enforced_restrictions;
  if (!settings) return done(clauses);
  const found = await decidingClaim(request, settings.claim_sources);
  const decision = decideEnforcement(settings, (source) => (source === found?.source ? found.value : undefined));
  switch (decision.kind) {
    case "none":
      return done(clauses);
    case "forbidden":
      return refuse({
        reason: "attributes_missing",
        ...(settings.help_html === undefined ? {} : { helpHtml: settings.help_html }),
      });
    case "not_understood":
      return refuse({ reason: "claims_not_understood" });
    case "template":
      return tightened(request, decision.template, clauses);
  }
}

async function tightened(
  { directory, startedFrom, now }: EnforcementRequest,
  template: string,
  wanted: readonly Clause[],
): Promise<Result<readonly Clause[]>> {
  const resolved = await resolveEnforced(directory, template);
  if (!resolved.ok) return resolved;
  const enforced = requestedClauses(resolved.value, { now, address: startedFrom, unsupported: [] });
  return enforced.ok ? done(tighten(enforced.value, wanted, new Map()).clauses) : enforced;
}

/** The first source that has its claim; the others are not asked. */
async function decidingClaim(
  request: EnforcementRequest,
  sources: readonly ClaimSource[],
): Promise<{ readonly source: ClaimSource; readonly value: unknown } | null> {
  for (const source of sources) {
    const value = isOwnSource(source.source)
      ? await ownClaim(request, source.claim)
      : (await claimsFromSource({ ...request, source: source.source, accessToken: request.login.access_token }))?.[
          source.claim
        ];
    if (value !== undefined) return { source, value };
  }
  return null;
}

/** ID token, then an access token that is a JWT, then the userinfo endpoint (semantics §6). */
async function ownClaim({ provider, server, login, signal }: EnforcementRequest, claim: string): Promise<unknown> {
  const carried: readonly (Claims | null)[] = [login.idToken, claimsOfJwt(login.access_token)];
  const value = carried.map((claims) => claims?.[claim]).find((found) => found !== undefined);
  if (value !== undefined || server.userinfo_endpoint === undefined) return value;
  const { access_token: accessToken } = login;
  return (await userInfo({ provider, server, accessToken, subject: login.idToken.sub, signal }))?.[claim];
}
