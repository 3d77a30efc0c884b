/** The mytokens of a chain: header and claims as the recording decoded them. */
import type { Bindings } from "./bindings.ts";
import { compareJson } from "./compare.ts";
import type { JsonObject, TokenContent } from "./recording.ts";

/** Compared in the answers that name them, with all rules; and `jti`, which is chance. */
const ELSEWHERE: ReadonlySet<string> = new Set(["jti", "restrictions", "rotation", "capabilities", "exp"]);

/** Differences between a JWT and its recorded content; ours names its key, too (DIVERGENCES: kid). */
export function compareToken(jwt: string, recorded: TokenContent, bindings: Bindings): string[] {
  const [header = {}, claims = {}] = jwt.split(".").slice(0, 2).map(decode);
  return [
    ...compareJson({ ...recorded.header, kid: "{{kid}}" }, header, bindings, "header"),
    ...compareJson(comparable(recorded.payload), comparable(claims), bindings, "claims"),
  ];
}

function comparable(claims: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(claims).filter(([name]) => !ELSEWHERE.has(name)));
}

function decode(part: string): JsonObject {
  return JSON.parse(Buffer.from(part, "base64url").toString()) as JsonObject;
}
