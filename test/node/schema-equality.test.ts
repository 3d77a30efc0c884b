/** `schema.sql` is what the migrations give: nobody has to read them all to know the directory (D1). */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");

function migrations(): string[] {
  const folder = join(ROOT, "migrations");
  const names = readdirSync(folder).filter((name) => name.endsWith(".sql"));
  return names.sort().map((name) => readFileSync(join(folder, name), "utf8"));
}

/** Everything that the statements leave behind, by name, without comments and layout. */
function schemaOf(scripts: readonly string[]): Record<string, string> {
  const database = new DatabaseSync(":memory:");
  for (const script of scripts) database.exec(script);
  const rows = database.prepare("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").all();
  database.close();
  return Object.fromEntries(rows.map(({ type, name, sql }) => [`${String(type)} ${String(name)}`, plain(String(sql))]));
}

function plain(sql: string): string {
  const text = sql.replaceAll(/--.*$/gm, "").replaceAll('"', "").replaceAll(/\s+/g, " ");
  return text.replaceAll(/ ?([(),]) ?/g, "$1").trim();
}

it("holds", () => {
  const schema = schemaOf([readFileSync(join(ROOT, "schema.sql"), "utf8")]);
  expect(schemaOf(migrations())).toEqual(schema);
  expect(Object.keys(schema)).toContain("table tokens");
});

it("sees a column that was added, and not how it is written", () => {
  const before = "CREATE TABLE things (\n  id TEXT PRIMARY KEY -- its name\n) STRICT;";
  const after = "CREATE TABLE things (id TEXT PRIMARY KEY, size INTEGER) STRICT;";
  const added = "ALTER TABLE things ADD COLUMN size INTEGER;";
  expect(schemaOf([before, added])).toEqual(schemaOf([after]));
  expect(schemaOf([before])).not.toEqual(schemaOf([after]));
});
