/** Server profiles and templates in D1 (semantics §5). Names, groups and ids are compared exactly (N1). Throws `DirectoryAway`. */
import type { TemplateKind, TemplateName } from "../token/templates/template.ts";
import { answered } from "./answer.ts";

/** A template as it is stored: its payload is JSON text, which the table itself makes sure of. */
export interface StoredTemplate extends TemplateName {
  readonly payload: string;
}

/** A template of a list that is about one kind and group. */
export interface ListedTemplate {
  readonly id: string;
  readonly name: string;
  readonly payload: string;
}

/** Which template a change is about; one of another kind or group is left alone. */
export interface TemplateId {
  readonly id: string;
  readonly kind: TemplateKind;
  readonly group: string;
}

/** Those of the named templates that exist, in one query. */
export async function readTemplates(
  directory: D1Database,
  names: readonly TemplateName[],
): Promise<readonly StoredTemplate[]> {
  // One parameter, because D1 takes at most 100.
  const wanted = JSON.stringify(names.map(({ kind, group, name }) => [kind, group, name]));
  const statement = `SELECT kind, grp AS "group", name, payload FROM templates
    WHERE (kind, grp, name) IN (SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?))`;
  const { results } = await answered(() => directory.prepare(statement).bind(wanted).all<StoredTemplate>());
  return results;
}

/** The groups that have templates, by name. */
export async function readGroups(directory: D1Database): Promise<readonly string[]> {
  const statement = `SELECT DISTINCT grp AS "group" FROM templates ORDER BY grp`;
  const { results } = await answered(() => directory.prepare(statement).all<{ group: string }>());
  return results.map(({ group }) => group);
}

/** All templates of a kind and group, by name. */
export async function listTemplates(
  directory: D1Database,
  kind: TemplateKind,
  group: string,
): Promise<readonly ListedTemplate[]> {
  const statement = "SELECT id, name, payload FROM templates WHERE kind = ? AND grp = ? ORDER BY name";
  const { results } = await answered(() => directory.prepare(statement).bind(kind, group).all<ListedTemplate>());
  return results;
}

/** The name of a template, or `null` if there is none. */
export function readTemplateName(directory: D1Database, { id, kind, group }: TemplateId): Promise<string | null> {
  const statement = "SELECT name FROM templates WHERE id = ? AND kind = ? AND grp = ?";
  return answered(() => directory.prepare(statement).bind(id, kind, group).first<string>("name"));
}

/** Stores a new template. The id of the one that has its name already, or `null`: stored. */
export function insertTemplate(directory: D1Database, id: string, template: StoredTemplate): Promise<string | null> {
  const { kind, group, name, payload } = template;
  return unlessTaken(directory, () => [
    directory.prepare("SELECT id FROM templates WHERE kind = ? AND grp = ? AND name = ?").bind(kind, group, name),
    directory
      .prepare(
        `INSERT INTO templates (id, kind, grp, name, payload) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (kind, grp, name) DO NOTHING`,
      )
      .bind(id, kind, group, name, payload),
  ]);
}

/** Gives a template another name and payload. The id of another one with that name, or `null`: changed, or no such id. */
export function updateTemplate(directory: D1Database, id: string, template: StoredTemplate): Promise<string | null> {
  const { kind, group, name, payload } = template;
  return unlessTaken(directory, () => [
    directory
      .prepare(
        `SELECT other.id FROM templates AS mine JOIN templates AS other
         ON other.kind = mine.kind AND other.grp = mine.grp AND other.name = ?4 AND other.id <> mine.id
         WHERE mine.id = ?1 AND mine.kind = ?2 AND mine.grp = ?3`,
      )
      .bind(id, kind, group, name),
    directory
      .prepare("UPDATE OR IGNORE templates SET name = ?4, payload = ?5 WHERE id = ?1 AND kind = ?2 AND grp = ?3")
      .bind(id, kind, group, name, payload),
  ]);
}

/** Removes a template. The name that it had, or `null`: it was not there. */
export function deleteTemplate(directory: D1Database, { id, kind, group }: TemplateId): Promise<string | null> {
  const statement = "DELETE FROM templates WHERE id = ? AND kind = ? AND grp = ? RETURNING name";
  return answered(() => directory.prepare(statement).bind(id, kind, group).first<string>("name"));
}

/** A batch is one transaction: what the first statement finds is what stood in the way of the second. */
async function unlessTaken(
  directory: D1Database,
  statements: () => [namesake: D1PreparedStatement, write: D1PreparedStatement],
): Promise<string | null> {
  const [found] = await answered(() => directory.batch<{ id: string }>(statements()));
  return found?.results[0]?.id ?? null;
}
