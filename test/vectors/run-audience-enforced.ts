/** Runs vectors-audience-enforced.json. */
import * as v from "valibot";
import { expect } from "vitest";
import { enforcedRestrictions } from "../../src/provider/enforced-settings.ts";
import { providerEntry } from "../../src/provider/settings.ts";
import { decideEnforcement, type Enforcement } from "../../src/token/enforced.ts";
import { authorizationParameters, refreshParameters } from "../../src/token/provider-parameters.ts";
import { replaceThis } from "../../src/token/restriction/this.ts";
import { tighten } from "../../src/token/restriction/tighten.ts";
import { words } from "../../src/token/restriction/values.ts";
import { answerTo, casesOf, each, type VectorCase } from "./cases.ts";
import {
  AUDIENCE_CONFIG_RULES,
  AUTHORIZATION_RULES,
  BROWSER,
  ENFORCED_APPLIED_RULES,
  REFRESH_RULES,
  type AudienceConfigCase,
  type AuthorizationCase,
  type EnforcedAppliedCase,
  type RefreshCase,
} from "./rules-audience-enforced.ts";

interface EnforcedCase {
  readonly config: unknown;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly expected: { readonly template?: string; readonly status?: number };
}

export function runAudienceEnforced(file: unknown): VectorCase[] {
  return casesOf(
    file,
    {
      providerAudienceConfig: each((c: AudienceConfigCase) => {
        const entry = { issuer: "https://op", client_id: "client", scopes: ["openid"] };
        const settings = v.parse(providerEntry(false), c.config === null ? entry : { ...entry, audience: c.config });
        expect(settings.audience).toEqual(answerTo(c, AUDIENCE_CONFIG_RULES, c.effective));
      }),
      refreshRequest: each((c: RefreshCase) => {
        const asked = { scopes: words(c.scopes), audiences: c.audiences };
        const form = [
          ["grant_type", "refresh_token"],
          ["refresh_token", "RT"],
          ...refreshParameters({ issuer: "https://op", audience: c.audience }, asked),
        ];
        expect(form).toEqual(answerTo(c, REFRESH_RULES, c.expectedForm));
      }),
      authorizationRequest: each((c: AuthorizationCase) => {
        const provider = { issuer: c.issuer, scopes: c.providerScopes, audience: c.audience };
        const sent: Record<string, string | string[]> = {};
        for (const [name, value] of authorizationParameters(provider, c.clauses)) {
          if (name === c.audience.request_parameter) sent[name] = [...(sent[name] ?? []), value];
          else sent[name] = value;
        }
        expect(sent).toEqual(answerTo(c, AUTHORIZATION_RULES, c.expected));
      }),
      enforcedRestrictions: each((c: EnforcedCase) => {
        const settings = v.parse(enforcedRestrictions(false), c.config);
        const decided = decideEnforcement(settings, ({ claim }) => c.claims[claim]);
        expect(decided).toEqual(enforcementOf(answerTo(c, [], c.expected) as EnforcedCase["expected"]));
      }),
      enforcedApplied: each((c: EnforcedAppliedCase) => {
        const replaced = replaceThis(c.template, BROWSER);
        const template = replaced.ok ? replaced.clauses : [];
        expect(tighten(template, c.requested, new Map()).clauses).toEqual(answerTo(c, ENFORCED_APPLIED_RULES, c.expected));
      }),
    },
    // The fixed parameters of an authorization request stand in the provider's room.
    ["meta", "refreshNote", "authorizationFixedParameters"],
  );
}

/** Statuses and texts are those of the endpoints: 403 `access_denied`, 555 `oidc_error`. */
function enforcementOf({ template, status }: EnforcedCase["expected"]): Enforcement {
  if (status === 403) return { kind: "forbidden" };
  if (status === 555) return { kind: "not_understood" };
  return template ? { kind: "template", template } : { kind: "none" };
}
