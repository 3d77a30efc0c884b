/**
 * Creating, changing and deleting templates. What cannot be resolved is refused before it is stored (Q22); templates that
 * include a deleted or changed one may still break later, and are then refused where they are used. Throws `DirectoryAway`.
 */
import { nowSeconds } from "../clock.ts";
import { randomUuid } from "../crypto/random.ts";
import * as stored from "../directory/profiles.ts";
import { badRequest, done, refuse, type Result } from "../errors.ts";
import type { LoadedTemplate, TemplateName } from "../token/templates/template.ts";
import { presentTemplates, resolveWith } from "./load.ts";
import { forget, remember } from "./memory.ts";
import { referenceTo, wireForm, type WireRules } from "./wire-form.ts";

/** A template with its parsed payload. */
export type NewTemplate = TemplateName & { readonly payload: unknown };

/** Stores a new template, and tells its id. */
export async function createTemplate(
  directory: D1Database,
  template: NewTemplate,
  rules: WireRules,
): Promise<Result<string>> {
  const checked = await check(directory, template, [], rules);
  if (!checked.ok) return checked;
  const id = randomUuid();
  const taken = await stored.insertTemplate(directory, id, checked.value);
  if (taken !== null) return nameTaken(template, taken);
  remember(checked.value, nowSeconds());
  return done(id);
}

/** Gives the template of this id its new name and payload. An id of no template of this kind and group changes nothing. */
export async function changeTemplate(
  directory: D1Database,
  id: string,
  template: NewTemplate,
  rules: WireRules,
): Promise<Result<void>> {
  const { kind, group } = template;
  const oldName = await stored.readTemplateName(directory, { id, kind, group });
  const old = oldName === null ? [] : [{ kind, group, name: oldName }];
  const checked = await check(directory, template, old, rules);
  if (!checked.ok) return checked;
  const taken = await stored.updateTemplate(directory, id, checked.value);
  if (taken !== null) return nameTaken(template, taken);
  for (const name of old) {
    forget(name);
    remember(checked.value, nowSeconds());
  }
  return done(undefined);
}

/** Deletes the template of this id; one that is not there is no fault. */
export async function removeTemplate(directory: D1Database, template: stored.TemplateId): Promise<void> {
  const name = await stored.deleteTemplate(directory, template);
  if (name !== null) forget({ ...template, name });
}

/** The template as text, if it could be resolved once it is stored. `gone`: names that would no longer exist. */
async function check(
  directory: D1Database,
  template: NewTemplate,
  gone: readonly TemplateName[],
  rules: WireRules,
): Promise<Result<stored.StoredTemplate>> {
  const { kind, group, name, payload } = template;
  if (referenceTo(template) === null) {
    return badRequest("name: must be short and without blanks, slashes and a leading @, or no request could name it");
  }
  // In this order: a template that keeps its name is not gone.
  const given: readonly LoadedTemplate[] = [...gone, { kind, group, name, payload }];
  const resolved = await resolveWith(presentTemplates(directory), (lookup) => wireForm(template, lookup, rules), given);
  return resolved.ok ? done({ kind, group, name, payload: JSON.stringify(payload) }) : resolved;
}

function nameTaken(template: TemplateName, id: string) {
  return refuse({
    reason: "already_exists",
    description: `'${template.name}' exists already, with the id ${id}`,
  });
}
