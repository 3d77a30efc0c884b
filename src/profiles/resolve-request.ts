/** The profiles and templates that a request names, loaded and merged (semantics §5.4). */
import { badRequest, done, type Result } from "../errors.ts";
import { resolveProfile, type Profile } from "../token/templates/profile.ts";
import { SHIPPED_TEMPLATES } from "../token/templates/shipped.ts";
import { lookupIn, type TemplateName } from "../token/templates/template.ts";

/** Resolves a request body whose names are in lower case. A name that is unknown is refused. */
export function resolveRequest(fields: ReadonlyMap<string, unknown>): Promise<Result<Profile>> {
  const shipped = lookupIn(SHIPPED_TEMPLATES);
  const lookup = (name: TemplateName) => shipped(name) ?? name;
  const resolution = resolveProfile(Object.fromEntries(fields), lookup);
  if (resolution.ok) return Promise.resolve(done(resolution.value));
  return Promise.resolve(badRequest("message" in resolution ? resolution.message : "a template is missing"));
}
