/** Which tokens an element of `mom_ids` means (extended §2.2). Words are resolved before anything is checked (QUIRK-16). */

export interface Target {
  /** The named token; `null`: the presented one. */
  readonly momId: string | null;
  /** Whether all tokens below it are meant, and not the token itself. */
  readonly below: boolean;
}

const BELOW = "children";

/** `this`, `children`, `children@<mom_id>` or `<mom_id>`; of what is no word, nothing is known but that it names a token. */
export function targetIn(text: string): Target {
  if (text === "this") return { momId: null, below: false };
  if (text === BELOW) return { momId: null, below: true };
  if (text.startsWith(`${BELOW}@`)) return { momId: text.slice(BELOW.length + 1), below: true };
  return { momId: text, below: false };
}
