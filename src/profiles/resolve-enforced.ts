/** The restrictions that a provider's operator enforces, with their templates replaced (semantics §6). */
import { done, type Result } from "../errors.ts";
import { enforcedContent } from "../token/enforced.ts";
import type { JsonObject } from "../token/templates/merge.ts";
import { resolveRestrictions } from "../token/templates/resolve.ts";
import { knownTemplates, resolveWith } from "./load.ts";

/**
 * The objects that a configured template (names, or JSON) comes to; they still have to be parsed as clauses. Shipped
 * templates never stand in for what this isolate has not read: the operator may have made them stricter. A name that is
 * unknown or cannot be resolved is refused: then nobody knows what to enforce.
 */
export async function resolveEnforced(directory: D1Database, template: string): Promise<Result<readonly JsonObject[]>> {
  const content = enforcedContent(template);
  const resolved = await resolveWith(knownTemplates(directory), (lookup) => resolveRestrictions(content, lookup));
  return resolved.ok ? done(resolved.value ?? []) : resolved;
}
