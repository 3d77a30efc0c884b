/** Runs vectors-audience-enforced.json. */
import * as v from "valibot";
import { authorizationUrl } from "../../src/provider/authorization-request.ts";
import { enforcedRestrictions } from "../../src/provider/enforced-settings.ts";
import { providerEntry } from "../../src/provider/settings.ts";
import { decideEnforcement, type Enforcement } from "../../src/token/enforced.ts";
import { authorizationParameters, refreshParameters } from "../../src/token/provider-parameters.ts";
import { authorizationAudiences, clauseScopes } from "../../src/token/restriction/fill.ts";
import { replaceThis } from "../../src/token/restriction/this.ts";
import { tighten } from "../../src/token/restriction/tighten.ts";
import { words } from "../../src/token/restriction/values.ts";
import { audienceRules, BROWSER } from "./rules-audience-enforced.ts";
import type {
  AudienceConfigCase,
  AuthorizationCase,
  EnforcedAppliedCase,
  RefreshCase,
} from "./rules-audience-enforced.ts";
import { REFUSED, runSuites, type Suite, type VectorTest } from "./run-suites.ts";

export function runAudienceEnforced(file: unknown): VectorTest[] {
  return runSuites(file, SUITES);
}

const SUITES: Readonly<Record<string, Suite>> = {
  providerAudienceConfig: {
    answer: ({ config }: AudienceConfigCase) => {
      const entry = { issuer: "https://op", client_id: "client", scopes: ["openid"] };
      return v.parse(providerEntry(false), config === null ? entry : { ...entry, audience: config }).audience;
    },
    demanded: (vector) => vector["effective"],
    rules: audienceRules.providerAudienceConfig,
  },
  refreshRequest: {
    answer: ({ issuer = "https://op", audience, scopes, audiences }: RefreshCase) => [
      ["grant_type", "refresh_token"],
      ["refresh_token", "RT"],
      ...refreshParameters({ issuer, audience }, { scopes: words(scopes), audiences }),
    ],
    demanded: (vector) => vector["expectedForm"],
    rules: audienceRules.refreshRequest,
  },
  authorizationRequest: {
    answer: ({ issuer, providerScopes, clauses, audience }: AuthorizationCase) => {
      const sent: Record<string, string | string[]> = {};
      const asked = { scopes: clauseScopes(clauses, providerScopes), audiences: authorizationAudiences(clauses) };
      for (const [name, value] of authorizationParameters({ issuer, audience }, asked)) {
        sent[name] = name === audience.request_parameter ? [...(sent[name] ?? []), value] : value;
      }
      return sent;
    },
    rules: audienceRules.authorizationRequest,
  },
  authorizationFixedParameters: {
    cases: (fixed: object) => [{ names: Object.keys(fixed), expected: fixed }],
    answer: async ({ names }: { names: readonly string[] }) => {
      const sent = new URL(await authorizationUrl(LOGIN)).searchParams;
      sent.set("code_challenge", ANY);
      return Object.fromEntries(names.map((name) => [name, sent.get(name)]));
    },
  },
  enforcedRestrictions: {
    answer: ({ config, claims }: { config: unknown; claims: Readonly<Record<string, unknown>> }) =>
      decideEnforcement(v.parse(enforcedRestrictions(false), config), ({ claim }) => claims[claim]),
    demanded: (vector) => enforcementOf((vector["recommended"] ?? vector["expected"]) as EnforcedExpectation),
  },
  enforcedApplied: {
    answer: ({ template, requested }: EnforcedAppliedCase) => {
      const replaced = replaceThis(template, BROWSER);
      return replaced.ok ? tighten(replaced.clauses, requested, new Map()).clauses : REFUSED;
    },
    rules: audienceRules.enforcedApplied,
  },
};

/** What differs from login to login. */
const ANY = "…";

const LOGIN = {
  provider: {
    ...v.parse(providerEntry(false), { issuer: "https://op", client_id: ANY, scopes: ["openid"] }),
    client_secret: ANY,
  },
  authorizationEndpoint: "https://op/authorize",
  redirectUri: "<issuer>/redirect",
  scopes: [],
  audiences: [],
  state: ANY,
  nonce: ANY,
  codeVerifier: ANY,
};

interface EnforcedExpectation {
  readonly template?: string;
  readonly status?: number;
}

/** Statuses and texts are the endpoints': 403 `access_denied`, 555 `oidc_error`. */
function enforcementOf({ template, status }: EnforcedExpectation): Enforcement {
  if (status === 403) return { kind: "forbidden" };
  if (status === 555) return { kind: "not_understood" };
  return template ? { kind: "template", template } : { kind: "none" };
}
