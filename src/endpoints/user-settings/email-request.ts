/** What is to change about a user's mail (extended §3.5). */
import * as v from "valibot";
import type { MailChange } from "../../directory/users.ts";
import { badRequest, done, type Result } from "../../errors.ts";
import { type Fields, parseFields } from "../../http/body.ts";
import type { FormDialect } from "../../http/form-body.ts";

export const EMAIL_FORM: FormDialect = { aliases: {}, booleans: ["prefer_html_mail"], lists: [] };

const schema = v.object({
  email_address: v.exactOptional(v.string(), ""),
  prefer_html_mail: v.exactOptional(v.boolean()),
});

/** RFC 5321 §4.5.3.1.3. */
const LONGEST_ADDRESS = 254;
/** One mailbox and nothing that a mail header could take for something else (QUIRK-34). */
const ADDRESS = /^[^\s@<>()[\]\\,;:"\p{C}]+@[^\s@<>()[\]\\,;:"\p{C}]+$/u;

export function mailChange(fields: Fields): Result<MailChange> {
  const parsed = parseFields(fields, schema);
  if (!parsed.ok) return parsed;
  const { email_address: address, prefer_html_mail: prefersHtml = null } = parsed.value;
  if (address === "" && prefersHtml === null) return badRequest("no request parameter given");
  if (address !== "" && (address.length > LONGEST_ADDRESS || !ADDRESS.test(address))) {
    return badRequest("email_address: not a mail address");
  }
  return done({ address: address || null, prefersHtml });
}
