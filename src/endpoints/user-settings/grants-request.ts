/** Which grant type is to be switched (extended §3.3). */
import * as v from "valibot";
import { badRequest, done, type Result } from "../../errors.ts";
import { type Fields, parseFields } from "../../http/body.ts";
import type { FormDialect } from "../../http/form-body.ts";
import { type GrantType, grantTypeIn } from "../../token/grant-type.ts";

export const GRANT_FORM: FormDialect = { aliases: {}, booleans: [], lists: [] };

const schema = v.object({ grant_type: v.exactOptional(v.nullable(v.string()), "") });

const LONGEST_ECHO = 64;

export function grantTypeOf(fields: Fields): Result<GrantType> {
  const parsed = parseFields(fields, schema);
  if (!parsed.ok) return parsed;
  const { grant_type: name } = parsed.value;
  if (name === null || name === "") return badRequest("no valid 'grant_type' found");
  const grantType = grantTypeIn(name);
  return grantType ? done(grantType) : badRequest(`value '${name.slice(0, LONGEST_ECHO)}' not valid for GrantType`);
}
