/** Texts from outside, made fit to be shown: nothing that reorders, hides or floods what surrounds it. */

/** Control, bidirectional and invisible characters: a name must not rearrange the sentence that quotes it. */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\u00AD\u061C\u200B-\u200F\u202A-\u202E\u2060-\u206F\uFEFF\u{E0000}-\u{E007F}]/gu;

/** The text on one line without unseen characters, at most `max` characters long. Escaping is the renderer's part. */
export function shown(text: string, max: number): string {
  const characters = Array.from(
    text
      .slice(0, 4 * max)
      .toWellFormed()
      .replace(UNSEEN, " ")
      .replace(/\s+/g, " ")
      .trim(),
  );
  return characters.length > max ? `${characters.slice(0, max - 1).join("")}…` : characters.join("");
}

/** JSON to be read and edited by a person: same value, with unseen characters inside strings written as `\u` escapes. */
export function shownJson(value: unknown): string {
  return JSON.stringify(value, null, 2).replace(UNSEEN, (unseen) => (unseen === "\n" ? unseen : escaped(unseen)));
}

function escaped(text: string): string {
  return text
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
