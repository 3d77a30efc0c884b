/** The text under which the uses of a clause are counted (semantics §1.7). */
import { CLAUSE_KEYS, type Clause } from "../clause.ts";

/**
 * Canonical JSON of a clause: equal content gives equal text. Members in the order of semantics §1.1, empty ones and
 * zero times left out, `usages_*` kept at 0, `<`, `>`, `&`, U+2028 and U+2029 escaped.
 * Its SHA-512 in base64 is the digest by which the reference counts.
 */
export function clauseKey(clause: Clause): string {
  const members = CLAUSE_KEYS.flatMap((key) => {
    const value = clause[key];
    if (value === undefined || value === "") return [];
    if (value === 0 && (key === "nbf" || key === "exp")) return [];
    if (Array.isArray(value) && value.length === 0) return [];
    return [`"${key}":${JSON.stringify(value)}`];
  });
  return `{${members.join(",")}}`.replaceAll(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
