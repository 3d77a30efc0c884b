/** Which tag of which token a request is about (extended §3.7). */
import * as v from "valibot";
import { badRequest, done, type Result } from "../../errors.ts";
import { type Fields, parseFields } from "../../http/body.ts";
import { isTagName, TAG_LENGTH } from "../../token/tag.ts";

const schema = v.object({
  tag: v.exactOptional(v.string(), ""),
  mom_id: v.exactOptional(v.string(), ""),
  include_children: v.exactOptional(v.boolean(), false),
});

export interface TokenTagFields {
  readonly tag: string;
  /** `null`: the presented token. */
  readonly momId: string | null;
  readonly includeChildren: boolean;
}

export function tokenTagRequest(fields: Fields): Result<TokenTagFields> {
  const parsed = parseFields(fields, schema);
  if (!parsed.ok) return parsed;
  const { tag, mom_id: momId, include_children: includeChildren } = parsed.value;
  if (tag === "") return badRequest("tag must not be empty");
  if (!isTagName(tag)) return badRequest(`a tag has from 1 to ${TAG_LENGTH} characters`);
  return done({ tag, momId: momId || null, includeChildren });
}
