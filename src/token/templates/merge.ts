/** How two objects become one: what was written first wins, lists grow (semantics §5.2; Q15, QUIRK-62: kept). */
import { CLAUSE_KEYS } from "../clause.ts";
import type { Walk } from "./walk.ts";

export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const PROFILE_KEYS = [
  "oidc_issuer",
  "grant_type",
  "restrictions",
  "capabilities",
  "subtoken_capabilities",
  "name",
  "response_type",
  "max_token_len",
  "rotation",
  "application_name",
  "tags",
  "subscribe_notifications",
];
const ROTATION_KEYS = ["on_AT", "on_other", "lifetime", "auto_revoke"];
const SPELLINGS = new Map(
  [...PROFILE_KEYS, ...CLAUSE_KEYS, ...ROTATION_KEYS, "include"].map((key) => [key.toLowerCase(), key]),
);
const CLAUSE_SPELLINGS: ReadonlySet<string> = new Set(CLAUSE_KEYS);

/**
 * The members under the spelling of their keys that the wire has, `null` left out: it counts as absent. Of the same key
 * in several letter cases the last one wins, but a clause refuses it (DESIGN §8): either could be the wider one.
 */
export function membersOf(walk: Walk, object: JsonObject): Map<string, unknown> {
  const members = new Map<string, unknown>();
  for (const [written, value] of Object.entries(object)) {
    const key = SPELLINGS.get(written.toLowerCase()) ?? written;
    if (CLAUSE_SPELLINGS.has(key) && members.has(key)) walk.refuse(`key given twice: '${key}'`);
    members.set(key, value);
  }
  for (const [key, value] of members) if (value === null) members.delete(key);
  return members;
}

/** `base` with what `included` adds; refuses an object that meets something else under the same key (Q14). */
export function mergeObjects(walk: Walk, base: JsonObject, included: JsonObject): JsonObject {
  const merged = membersOf(walk, base);
  for (const [key, value] of membersOf(walk, included)) {
    merged.set(key, merged.has(key) ? mergeValues(walk, key, merged.get(key), value) : value);
  }
  // Object.fromEntries defines members, so that `__proto__` stays a name.
  return Object.fromEntries(merged);
}

function mergeValues(walk: Walk, key: string, base: unknown, included: unknown): unknown {
  if (Array.isArray(base)) return distinct([...base, ...(Array.isArray(included) ? included : [included])]);
  if (!isObject(base)) return base;
  if (isObject(included)) return mergeObjects(walk, base, included);
  return walk.refuse(`cannot merge an object with another kind of value: '${key}'`);
}

/** Each value once, at its first place. Equal means equal JSON text. */
export function distinct(values: readonly unknown[]): readonly unknown[] {
  const byText = new Map<string, unknown>();
  for (const value of values) {
    const text = JSON.stringify(value);
    if (!byText.has(text)) byText.set(text, value);
  }
  return [...byText.values()];
}
