/** Where our requests to the provider and our enforced restrictions differ from the reference's. */
import type { Clause } from "../../src/token/clause.ts";
import type { Rule } from "./rule.ts";

export interface AudienceConfig {
  readonly use_rfc8707?: boolean;
  readonly request_parameter?: string;
  readonly space_separate_auds?: boolean;
}

export interface AudienceConfigCase {
  readonly config: AudienceConfig | null;
  readonly effective: AudienceConfig;
}

export const AUDIENCE_CONFIG_RULES: readonly Rule<AudienceConfigCase>[] = [
  {
    id: "Q54",
    applies: ({ config }) => config !== null && config.use_rfc8707 === undefined,
    answer: () => ({ use_rfc8707: true, request_parameter: "resource", space_separate_auds: false }),
  },
];

type Pairs = readonly (readonly [string, string])[];

export interface RefreshCase {
  readonly audience: Required<AudienceConfig>;
  readonly scopes: string;
  readonly audiences: readonly string[];
  readonly expectedForm: Pairs;
}

export const REFRESH_RULES: readonly Rule<RefreshCase>[] = [
  {
    id: "Q28",
    applies: ({ scopes }) => scopes.includes("offline_access") && !scopes.split(" ").includes("offline_access"),
    answer: ({ expectedForm }) =>
      expectedForm.map(([name, value]) => [name, name === "scope" ? `${value} offline_access` : value]),
  },
  {
    id: "empty-audience-values",
    applies: ({ audiences }) => audiences.includes(""),
    answer: ({ expectedForm, audience, audiences }) => [
      ...expectedForm.filter(([name]) => name !== audience.request_parameter),
      ...audiences.filter((value) => value !== "").map((value) => [audience.request_parameter, value]),
    ],
  },
];

export interface AuthorizationCase {
  readonly issuer: string;
  readonly providerScopes: readonly string[];
  readonly clauses: readonly Clause[];
  readonly audience: Required<AudienceConfig>;
  readonly expected: Readonly<Record<string, string | readonly string[]>>;
}

export const AUTHORIZATION_RULES: readonly Rule<AuthorizationCase>[] = [
  {
    id: "Q27",
    applies: ({ clauses }) => clauses.some(({ scope }) => !scope) && clauses.some(({ scope }) => scope),
    answer: ({ clauses, providerScopes, expected }) => {
      const scopes = clauses.flatMap(({ scope }) => scope?.split(" ") ?? providerScopes);
      return { ...expected, scope: [...new Set([...scopes, "offline_access", "openid"])].join(" ") };
    },
  },
];

export interface EnforcedAppliedCase {
  readonly template: readonly Clause[];
  readonly requested: readonly Clause[];
  readonly expected: readonly Clause[];
}

/** The address of the browser that finishes the flow, in these tests. */
export const BROWSER = "192.0.2.1";

export const ENFORCED_APPLIED_RULES: readonly Rule<EnforcedAppliedCase>[] = [
  {
    id: "Q46",
    applies: ({ template }) => template.some(({ hosts }) => hosts?.includes("this")),
    answer: ({ expected }) =>
      expected.map((clause) => ({
        ...clause,
        hosts: clause.hosts?.map((entry) => (entry === "this" ? BROWSER : entry)),
      })),
  },
];
