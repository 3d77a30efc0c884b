/** JSON in, as much of it as is safe to walk. */
import { badRequest, done, type Result } from "../errors.ts";

/** Nesting of objects and arrays; what uses a parsed body may recurse this deep (DESIGN §10). */
export const DEPTH_LIMIT = 32;

/** The JSON object of a text, `null` if it says `null`; anything else is refused. Depth is judged before parsing. */
export function parseJsonObject(text: string): Result<Readonly<Record<string, unknown>> | null> {
  if (text.trim() === "") return badRequest("unexpected end of JSON input");
  if (isTooDeep(text)) return badRequest(`the body is nested more than ${DEPTH_LIMIT} deep`);
  const value = parsed(text);
  if (value === undefined) return badRequest("the body is not JSON");
  if (typeof value !== "object" || Array.isArray(value)) return badRequest("the body is not a JSON object");
  return done(value as Readonly<Record<string, unknown>> | null);
}

/** `undefined` if it is no JSON. Halves of surrogate pairs become U+FFFD: no UTF-8 and so no hash could hold them. */
function parsed(text: string): unknown {
  const mayHoldSurrogates = /\\u[dD][89a-fA-F]/.test(text);
  const wellFormed = (_: string, value: unknown) => (typeof value === "string" ? value.toWellFormed() : value);
  try {
    return mayHoldSurrogates ? JSON.parse(text, wellFormed) : JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (inString) {
      if (character === "\\") index++;
      else if (character === '"') inString = false;
    } else if (character === '"') inString = true;
    else if (character === "{" || character === "[") {
      depth++;
      if (depth > DEPTH_LIMIT) return true;
    } else if (character === "}" || character === "]") depth--;
  }
  return false;
}
