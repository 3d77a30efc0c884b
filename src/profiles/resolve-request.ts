/** The profiles and templates that a request names, loaded and merged (semantics §5.4). */
import type { Result } from "../errors.ts";
import { resolveProfile, type Profile } from "../token/templates/profile.ts";
import { SHIPPED_TEMPLATES } from "../token/templates/shipped.ts";
import { lookupIn } from "../token/templates/template.ts";
import { knownTemplates, resolveWith } from "./load.ts";

const shipped = lookupIn(SHIPPED_TEMPLATES);

/**
 * Resolves a request body whose names are in lower case. A name that is unknown is refused. While the directory is down
 * names resolve as this isolate read them last, those that it never read as they were shipped; others are 503.
 */
export function resolveRequest(directory: D1Database, fields: ReadonlyMap<string, unknown>): Promise<Result<Profile>> {
  const body = Object.fromEntries(fields);
  return resolveWith(knownTemplates(directory, shipped), (lookup) => resolveProfile(body, lookup));
}
