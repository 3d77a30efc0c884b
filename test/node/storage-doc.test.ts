/** docs/STORAGE.md names every table and column that is stored. */
import { readFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { expect, it } from "vitest";
import { OBJECT_TABLES } from "./object-tables.ts";

const doc = readFileSync("docs/STORAGE.md", "utf8");
const named = new Set([...doc.matchAll(/`([a-z_]+)(?:\.[a-z_]+)?`/g)].map((match) => match[1]));

/** Table → columns, as the statements leave them. */
function tablesIn(statements: readonly string[]): Map<string, string[]> {
  const database = new DatabaseSync(":memory:");
  for (const statement of statements) database.exec(statement);
  const rows = database
    .prepare(
      "SELECT t.name AS name, c.name AS column FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'",
    )
    .all() as { name: string; column: string }[];
  database.close();
  const tables = Map.groupBy(rows, ({ name }) => name);
  return new Map([...tables].map(([name, columns]) => [name, columns.map(({ column }) => column)]));
}

it("names every table of the directory", () => {
  const tables = [...tablesIn([readFileSync("schema.sql", "utf8")]).keys()];
  expect(tables).toContain("tokens");
  expect(tables.filter((table) => !named.has(table))).toEqual([]);
});

it.each(OBJECT_TABLES)("names every table of $kind, and every column of its one row", ({ versioned, steps }) => {
  const tables = tablesIn(steps);
  expect([...tables.keys()].filter((table) => !named.has(table))).toEqual([]);
  const columns = tables.get(versioned) ?? [];
  expect(columns.length).toBeGreaterThan(10);
  const isNamed = (column: string) => column === "id" || new RegExp(`\`(?:\\w+\\.)?${column}\``).test(doc);
  expect(columns.filter((column) => !isNamed(column))).toEqual([]);
});
