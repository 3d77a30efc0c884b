/** The tokeninfo request (extended §2), as its fields say it. */
import * as v from "valibot";
import { TOKENINFO_ACTIONS, type TokeninfoAction } from "../../config.ts";
import { badRequest, done, type Result } from "../../errors.ts";
import { type Fields, parseFields } from "../../http/body.ts";

const schema = v.object({
  action: v.exactOptional(v.nullable(v.string()), "introspect"),
  mom_ids: v.exactOptional(v.array(v.string()), () => []),
});

export interface TokeninfoRequest {
  readonly action: TokeninfoAction | "notifications";
  /** Words and `mom_id`s; empty: the presented token. */
  readonly momIds: readonly string[];
}

const LONGEST_ECHO = 64;

/** An action that the operator has switched off is as unknown as any other (Q63). */
export function tokeninfoRequest(fields: Fields, switchedOn: readonly TokeninfoAction[]): Result<TokeninfoRequest> {
  const parsed = parseFields(fields, schema);
  if (!parsed.ok) return parsed;
  const { action, mom_ids: momIds } = parsed.value;
  const off = TOKENINFO_ACTIONS.filter((known) => !switchedOn.includes(known));
  const found = [...TOKENINFO_ACTIONS, "notifications" as const].find((known) => known === action);
  if (found === undefined || off.some((known) => known === found)) {
    return badRequest(`value '${(action ?? "").slice(0, LONGEST_ECHO)}' not valid for TokeninfoAction`);
  }
  return done({ action: found, momIds });
}
