/** Tags in paths and bodies (extended §3.6). */
import * as v from "valibot";
import type { TagChange } from "../../directory/tags.ts";
import { badRequest, done, type Result } from "../../errors.ts";
import { type Fields, parseFields } from "../../http/body.ts";
import { colorOf, defaultColor, isTagName, type Tag, TAG_LENGTH } from "../../token/tag.ts";

const schema = v.object({
  tag: v.exactOptional(v.string(), ""),
  color: v.exactOptional(v.string(), ""),
});

/** `/api/v0/settings/tags/`. */
const SEGMENTS_BEFORE = 5;

/** The rest of the path: escaped, or as it is, slashes and all, because Go clients escape nothing (QUIRK-2). */
export function tagInPath(url: string): Result<string> {
  const { pathname } = new URL(url);
  const rest = pathname.replace(/\/$/, "").split("/").slice(SEGMENTS_BEFORE).join("/");
  const tag = decoded(rest);
  return isTagName(tag) ? done(tag) : tooLong();
}

/** The tag to make. */
export function newTag(tag: string, fields: Fields): Result<Tag> {
  const change = tagChange(fields);
  return change.ok ? done({ tag, color: change.value.color ?? defaultColor(tag) }) : change;
}

/** What is to become of a tag; empty members are absent. */
export function tagChange(fields: Fields): Result<TagChange> {
  const parsed = parseFields(fields, schema);
  if (!parsed.ok) return parsed;
  const { tag, color: given } = parsed.value;
  if (tag !== "" && !isTagName(tag)) return tooLong();
  const color = given === "" ? null : colorOf(given);
  if (color === null && given !== "") return badRequest("color: expected six hexadecimal digits");
  return done({ tag: tag || null, color });
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function tooLong() {
  return badRequest(`a tag has from 1 to ${TAG_LENGTH} characters`);
}
