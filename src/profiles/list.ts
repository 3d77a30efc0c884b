/** The templates of a group as clients see them (semantics §5.5). */
import { listTemplates, type ListedTemplate } from "../directory/profiles.ts";
import { done, type Result } from "../errors.ts";
import type { TemplateKind, TemplateLookup, TemplateName } from "../token/templates/template.ts";
import type { Resolution } from "../token/templates/walk.ts";
import { presentTemplates, resolveWith } from "./load.ts";
import { wireForm, type WireRules } from "./wire-form.ts";

export interface ResolvedTemplate {
  readonly id: string;
  readonly name: string;
  readonly payload: unknown;
}

/** All of a kind and group, resolved and by name; what cannot be resolved is left out (Q22). Throws `DirectoryAway`. */
export async function resolveGroup(
  directory: D1Database,
  kind: TemplateKind,
  group: string,
  rules: WireRules,
): Promise<Result<readonly ResolvedTemplate[]>> {
  const listed = await listTemplates(directory, kind, group);
  const given = listed.map(({ name, payload }) => ({ kind, group, name, payload: JSON.parse(payload) as unknown }));
  const resolve = (lookup: TemplateLookup) => resolveAll(listed, kind, group, lookup, rules);
  return listed.length === 0 ? done([]) : resolveWith(presentTemplates(directory), resolve, given);
}

/** All at once, so that what several of them need is loaded in one round. */
function resolveAll(
  listed: readonly ListedTemplate[],
  kind: TemplateKind,
  group: string,
  lookup: TemplateLookup,
  rules: WireRules,
): Resolution<readonly ResolvedTemplate[]> {
  const resolved: ResolvedTemplate[] = [];
  const needs: TemplateName[] = [];
  for (const { id, name } of listed) {
    const resolution = wireForm({ kind, group, name }, lookup, rules);
    if (resolution.ok) resolved.push({ id, name, payload: resolution.value });
    else if ("needs" in resolution) needs.push(...resolution.needs);
  }
  return needs.length > 0 ? { ok: false, needs } : { ok: true, value: resolved };
}
