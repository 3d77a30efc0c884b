/** A single template resolved to what it means, in the shapes of a request (semantics §5.5). */
import type { ClauseKey } from "../token/clause.ts";
import { parseClauses } from "../token/restriction/parse.ts";
import { resolveProfile } from "../token/templates/profile.ts";
import { resolveCapabilities, resolveRestrictions, resolveRotation } from "../token/templates/resolve.ts";
import { parseReference, type TemplateLookup, type TemplateName } from "../token/templates/template.ts";
import type { Resolution } from "../token/templates/walk.ts";

export interface WireRules {
  /** Relative times count from here. */
  readonly now: number;
  /** Keys of clauses that are switched off; what uses them cannot be resolved, because every request with it is refused. */
  readonly unsupported: readonly ClauseKey[];
}

/** The text by which requests name a template; `null` if none can. */
export function referenceTo({ kind, group, name }: TemplateName): string | null {
  const reference = `${group}/${name}`;
  // Blanks separate names, `@` in front of a name is not part of it, and nobody can see control characters.
  if (/[\s\p{C}]/u.test(reference) || group.startsWith("@") || name.startsWith("@")) return null;
  const meant = parseReference(kind, `@${reference}`);
  return meant?.group === group && meant.name === name ? reference : null;
}

/** The payload of a template with everything in it replaced, exactly as a request that names it would get it. */
export function wireForm(template: TemplateName, lookup: TemplateLookup, rules: WireRules): Resolution<unknown> {
  const reference = referenceTo(template);
  if (reference === null) return { ok: false, message: "no request can name this template" };
  switch (template.kind) {
    case "capabilities":
      return resolveCapabilities([`@${reference}`], lookup);
    case "rotation":
      return resolveRotation(reference, lookup);
    case "restrictions":
      return clausesIn(resolveRestrictions(reference, lookup), rules);
    case "profiles":
      return profileIn(reference, lookup, rules);
  }
}

function profileIn(reference: string, lookup: TemplateLookup, rules: WireRules): Resolution<unknown> {
  const profile = resolveProfile(reference, lookup);
  if (!profile.ok || profile.value.restrictions === undefined) return profile;
  const restrictions = clausesIn({ ok: true, value: profile.value.restrictions }, rules);
  return restrictions.ok ? { ok: true, value: { ...profile.value, restrictions: restrictions.value } } : restrictions;
}

function clausesIn(resolution: Resolution<unknown>, { now, unsupported }: WireRules): Resolution<unknown> {
  if (!resolution.ok) return resolution;
  const parsed = parseClauses(resolution.value, { now, switchedOff: new Set(unsupported) });
  return parsed.ok ? { ok: true, value: parsed.clauses } : { ok: false, message: parsed.message };
}
