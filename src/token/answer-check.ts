/** The provider's answer against the clause (DESIGN §4): an access token for more than was allowed. */
import type { Refusal } from "../errors.ts";
import { audiencesOfJwt } from "./access-token.ts";
import type { Clause } from "./clause.ts";
import { words } from "./restriction/values.ts";

/** How strictly a provider is held to the clause. */
export interface AnswerRules {
  readonly audience_check: "enforce" | "report";
  readonly audience_extra: readonly string[];
  readonly scope_check: "report" | "enforce";
  readonly scope_extra: readonly string[];
}

export interface AnswerCheck {
  /** Why the access token must not be handed out. */
  readonly withheld: Refusal | null;
  /** `aud` of the access token if it is a JWT, else `null`. */
  readonly audience: readonly string[] | null;
  /** What held more than the clause and is handed out all the same; for the log. */
  readonly reported: readonly ("wider_audience" | "wider_scope")[];
}

/** These come with every login, whatever was asked for. */
const SCOPES_OF_EVERY_LOGIN = ["openid", "offline_access"];

/** Compares what came with what the fitting clause allows; without a clause everything is allowed. */
export function checkAnswer(
  clause: Clause | null,
  answered: { readonly accessToken: string; readonly scope: string | null },
  rules: AnswerRules,
): AnswerCheck {
  const audience = audiencesOfJwt(answered.accessToken);
  const demanded = { audience: clause?.audience ?? [], scope: words(clause?.scope) };
  const wider = {
    audience: demanded.audience.length > 0 ? beyond(audience ?? [], demanded.audience, rules.audience_extra) : [],
    scope:
      demanded.scope.length > 0
        ? beyond(words(answered.scope ?? ""), demanded.scope, [...SCOPES_OF_EVERY_LOGIN, ...rules.scope_extra])
        : [],
  };
  const check = { audience, reported: [] };
  if (wider.audience.length > 0 && rules.audience_check === "enforce") {
    return {
      ...check,
      withheld: { reason: "audience_withheld", demanded: demanded.audience, came: audience ?? [] },
    };
  }
  if (wider.scope.length > 0 && rules.scope_check === "enforce") {
    return { ...check, withheld: { reason: "scope_withheld", demanded: demanded.scope, came: wider.scope } };
  }
  const reported = [
    ...(wider.audience.length > 0 ? ["wider_audience" as const] : []),
    ...(wider.scope.length > 0 ? ["wider_scope" as const] : []),
  ];
  return { withheld: null, audience, reported };
}

function beyond(came: readonly string[], allowed: readonly string[], extra: readonly string[]): readonly string[] {
  return came.filter((value) => !allowed.includes(value) && !extra.includes(value));
}
