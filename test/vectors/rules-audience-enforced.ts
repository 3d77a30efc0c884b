/** Our divergences in vectors-audience-enforced.json. */
import type { Clause } from "../../src/token/clause.ts";
import type { Rule } from "./rule.ts";

export interface AudienceConfig {
  readonly use_rfc8707?: boolean;
  readonly request_parameter?: string;
  readonly space_separate_auds?: boolean;
}

export interface AudienceConfigCase {
  readonly config: AudienceConfig | null;
}

/** Q54: RFC 8707 unless it is switched off. */
const rfc8707ByDefault: Rule<AudienceConfigCase> = {
  id: "rfc8707-default",
  applies: ({ config }) => config !== null && config.use_rfc8707 === undefined,
  answer: () => ({ use_rfc8707: true, request_parameter: "resource", space_separate_auds: false }),
};

export interface RefreshCase {
  /** Absent: any but Google. */
  readonly issuer?: string;
  readonly audience: Required<AudienceConfig>;
  readonly scopes: string;
  readonly audiences: readonly string[];
}

/** Q28: another value that contains `offline_access` is another value; at Google there is none. */
const wholeScopeValues: Rule<RefreshCase> = {
  id: "offline-access",
  applies: ({ issuer, scopes }) =>
    (scopes.includes("offline_access") && !scopes.split(" ").includes("offline_access")) ||
    (isGoogle(issuer) && scopes !== ""),
  answer: refreshForm,
};

/** An empty audience names nothing, and hides nothing that follows. */
const emptyAudience: Rule<RefreshCase> = {
  id: "empty-audience",
  applies: ({ audiences }) => audiences.includes(""),
  answer: refreshForm,
};

/** The form as it must be, whichever rules apply. */
function refreshForm({ issuer, audience, scopes, audiences }: RefreshCase): unknown {
  const scope = scopes.split(" ").filter((value) => value !== "");
  const sent = isGoogle(issuer) ? scope.filter((value) => value !== OFFLINE) : withValue(scope, OFFLINE);
  return [
    ["grant_type", "refresh_token"],
    ["refresh_token", "RT"],
    ...(scope.length === 0 ? [] : [["scope", sent.join(" ")]]),
    ...audienceValues(audience, audiences).map((value) => [audience.request_parameter, value]),
  ];
}

export interface AuthorizationCase {
  readonly issuer: string;
  readonly providerScopes: readonly string[];
  readonly clauses: readonly Clause[];
  readonly audience: Required<AudienceConfig>;
}

/** Q27: a clause for any scope needs all of the provider's. */
const openClause: Rule<AuthorizationCase> = {
  id: "open-clauses",
  applies: ({ clauses }) => clauses.some(({ scope }) => !scope) && clauses.some(({ scope }) => scope),
  answer: authorizationQuery,
};

/** Q26: each audience is named. */
const everyAudience: Rule<AuthorizationCase> = {
  id: "open-clauses",
  applies: ({ audience, clauses }) =>
    !audience.space_separate_auds && new Set(clauses.flatMap((clause) => clause.audience ?? [])).size > 1,
  answer: authorizationQuery,
};

/** QUIRK-58: beside a clause for any audience, none is named. */
const openAudience: Rule<AuthorizationCase> = {
  id: "open-clauses",
  applies: ({ clauses }) =>
    clauses.some((clause) => !clause.audience?.length) && clauses.some((clause) => clause.audience?.length),
  answer: authorizationQuery,
};

/** Q28: Google knows no such value. */
const noOfflineAtGoogle: Rule<AuthorizationCase> = {
  id: "offline-access",
  applies: ({ issuer, clauses, providerScopes }) =>
    isGoogle(issuer) &&
    [...providerScopes, ...clauses.flatMap(({ scope }) => scope?.split(" ") ?? [])].includes(OFFLINE),
  answer: authorizationQuery,
};

/** The parameters as they must be, whichever rules apply. */
function authorizationQuery({ issuer, clauses, providerScopes, audience }: AuthorizationCase): unknown {
  const asked = clauses.length === 0 ? providerScopes : clauses.flatMap((c) => c.scope?.split(" ") ?? providerScopes);
  const google = isGoogle(issuer);
  const scopes = google ? asked.filter((value) => value !== OFFLINE) : withValue(asked, OFFLINE);
  const open = clauses.some((clause) => !clause.audience?.length);
  const audiences = open ? [] : [...new Set(clauses.flatMap((clause) => clause.audience ?? []))];
  const named = audienceValues(audience, audiences);
  return {
    scope: [...new Set(withValue(scopes, "openid"))].join(" "),
    ...(google ? { access_type: "offline" } : {}),
    ...(named.length === 0 ? {} : { [audience.request_parameter]: named }),
  };
}

const OFFLINE = "offline_access";

function isGoogle(issuer: string | undefined): boolean {
  return issuer !== undefined && /^https:\/\/accounts\.google\.com\/?$/.test(issuer);
}

function withValue(values: readonly string[], value: string): readonly string[] {
  return values.includes(value) ? values : [...values, value];
}

function audienceValues(audience: Required<AudienceConfig>, audiences: readonly string[]): readonly string[] {
  const named = audiences.filter((value) => value !== "");
  return audience.space_separate_auds && named.length > 0 ? [named.join(" ")] : named;
}

export interface EnforcedAppliedCase {
  readonly template: readonly Clause[];
  readonly requested: readonly Clause[];
}

/** The address of the browser that finishes the flow, in these tests. */
export const BROWSER = "192.0.2.1";

/** Q46: `this` in a template is the address of that browser. */
const thisInTemplate: Rule<EnforcedAppliedCase> = {
  id: "enforced-this",
  applies: ({ template, requested }) =>
    requested.length === 0 && template.some(({ hosts }) => hosts?.includes("this") === true),
  answer: ({ template }) =>
    template.map(({ hosts = [], ...clause }) => ({
      ...clause,
      hosts: hosts.map((entry) => (entry === "this" ? BROWSER : entry)),
    })),
};

export const audienceRules = {
  providerAudienceConfig: [rfc8707ByDefault],
  refreshRequest: [wholeScopeValues, emptyAudience],
  authorizationRequest: [openClause, everyAudience, openAudience, noOfflineAtGoogle],
  enforcedApplied: [thisInTemplate],
} as const;
