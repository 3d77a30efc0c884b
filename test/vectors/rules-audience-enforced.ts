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
  id: "Q54",
  applies: ({ config }) => config !== null && config.use_rfc8707 === undefined,
  answer: () => ({ use_rfc8707: true, request_parameter: "resource", space_separate_auds: false }),
};

export interface RefreshCase {
  readonly audience: Required<AudienceConfig>;
  readonly scopes: string;
  readonly audiences: readonly string[];
}

const REFRESH = [
  ["grant_type", "refresh_token"],
  ["refresh_token", "RT"],
];

/** Q28: another value that contains `offline_access` is another value. */
const wholeScopeValues: Rule<RefreshCase> = {
  id: "Q28",
  applies: ({ scopes }) => scopes.includes("offline_access") && !scopes.split(" ").includes("offline_access"),
  answer: ({ scopes }) => [...REFRESH, ["scope", `${scopes} offline_access`]],
};

/** An empty audience names nothing, and hides nothing that follows. */
const emptyAudience: Rule<RefreshCase> = {
  id: "empty-audience",
  applies: ({ audiences }) => audiences.includes(""),
  answer: ({ audience, audiences }) => [
    ...REFRESH,
    ...audiences.filter((value) => value !== "").map((value) => [audience.request_parameter, value]),
  ],
};

export interface AuthorizationCase {
  readonly issuer: string;
  readonly providerScopes: readonly string[];
  readonly clauses: readonly Clause[];
  readonly audience: Required<AudienceConfig>;
}

/** Q27: a clause for any scope needs all of the provider's. */
const openClause: Rule<AuthorizationCase> = {
  id: "Q27",
  applies: ({ clauses }) => clauses.some(({ scope }) => !scope) && clauses.some(({ scope }) => scope),
  answer: ({ clauses, providerScopes }) => {
    const scopes = clauses.flatMap(({ scope }) => scope?.split(" ") ?? providerScopes);
    return { scope: [...new Set([...scopes, "offline_access", "openid"])].join(" ") };
  },
};

export interface EnforcedAppliedCase {
  readonly template: readonly Clause[];
  readonly requested: readonly Clause[];
}

/** The address of the browser that finishes the flow, in these tests. */
export const BROWSER = "192.0.2.1";

/** Q46: `this` in a template is the address of that browser. */
const thisInTemplate: Rule<EnforcedAppliedCase> = {
  id: "Q46",
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
  authorizationRequest: [openClause],
  enforcedApplied: [thisInTemplate],
} as const;
