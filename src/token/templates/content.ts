/** The resolution that profiles, restrictions and rotation share (semantics §5.2). */
import { distinct, isObject, membersOf, mergeObjects, type JsonObject } from "./merge.ts";
import type { TemplateKind } from "./template.ts";
import type { Walk } from "./walk.ts";

/** Resolved content: nothing, one object, or a list of objects. */
export type Content = undefined | JsonObject | readonly JsonObject[];

/**
 * Parsed JSON with every template in it replaced: an object with its `include`, a text of blank-separated names, or a
 * list of either. Several names in one text or `include` merge into one object; members of a list stay apart.
 */
export function resolveContent(walk: Walk, kind: TemplateKind, content: unknown): Content {
  if (content === undefined || content === null || content === "") return undefined;
  if (Array.isArray(content)) {
    const elements = (content as unknown[]).flat(Infinity);
    return distinct(elements.flatMap((element) => listOf(resolveContent(walk, kind, element)))) as JsonObject[];
  }
  if (isObject(content)) {
    const members = membersOf(walk, content);
    const include = members.get("include");
    members.delete("include");
    return includeAll(walk, kind, Object.fromEntries(members), namesIn(include));
  }
  const names = namesIn(content);
  const [only] = names;
  if (names.length > 1 || only === undefined) return includeAll(walk, kind, {}, names);
  return walk.include(kind, only, (payload) => resolveContent(walk, kind, payload));
}

/** Names as the reference reads them: what is neither list nor text is a name, too, which nothing bears. */
function namesIn(value: unknown): readonly string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.map((name: unknown) => textOf(name));
  return typeof value === "string" ? value.split(" ") : [textOf(value)];
}

function textOf(name: unknown): string {
  return typeof name === "string" ? name : JSON.stringify(name);
}

function includeAll(walk: Walk, kind: TemplateKind, own: JsonObject, names: readonly string[]): Content {
  return names.reduce<Content>((base, name) => {
    const included = walk.include(kind, name, (payload) => resolveContent(walk, kind, payload));
    if (included === undefined) return base;
    if (isObject(base) && isObject(included)) return mergeObjects(walk, base, included);
    return [...listOf(base), ...listOf(included)];
  }, own);
}

/** Empty objects stay: parsing drops clauses that say nothing (semantics §1.2). */
function listOf(content: Content): readonly JsonObject[] {
  if (content === undefined) return [];
  return isObject(content) ? [content] : content;
}
