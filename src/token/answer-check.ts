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
  /** Granted scope values that the clause does not hold; for the log where they are not withheld. */
  readonly widerScope: readonly string[];
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
  const widerScope = clause?.scope
    ? beyond(words(answered.scope ?? ""), words(clause.scope), [...SCOPES_OF_EVERY_LOGIN, ...rules.scope_extra])
    : [];
  const check = { audience, widerScope };
  if (clause?.audience?.length && audience !== null && rules.audience_check === "enforce") {
    const wider = beyond(audience, clause.audience, rules.audience_extra);
    if (wider.length > 0) {
      return { ...check, withheld: { reason: "audience_withheld", demanded: clause.audience, came: audience } };
    }
  }
  if (widerScope.length > 0 && rules.scope_check === "enforce") {
    return { ...check, withheld: { reason: "scope_withheld", demanded: words(clause?.scope), came: widerScope } };
  }
  return { ...check, withheld: null };
}

function beyond(came: readonly string[], allowed: readonly string[], extra: readonly string[]): readonly string[] {
  return came.filter((value) => !allowed.includes(value) && !extra.includes(value));
}
