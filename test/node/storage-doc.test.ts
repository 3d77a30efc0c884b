/** docs/STORAGE.md names every table and column that is stored. */
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

const doc = readFileSync("docs/STORAGE.md", "utf8");
const named = new Set([...doc.matchAll(/`([a-z_]+)(?:\.[a-z_]+)?`/g)].map((match) => match[1]));

const OBJECTS = ["mytoken", "grant", "authorization"].map((name) => `src/objects/${name}/schema.ts`);

/** Table → columns, out of the CREATE TABLE statements of a file. */
function tablesIn(path: string): [string, string[]][] {
  const statements = readFileSync(path, "utf8").matchAll(/CREATE TABLE (\w+) \(([^;]*?)\n\) STRICT/g);
  return [...statements].map(([, table = "", columns = ""]) => [
    table,
    [...columns.matchAll(/^ {2}([a-z_]+) /gm)].map(([, column = ""]) => column),
  ]);
}

it("names every table of the directory", () => {
  const tables = tablesIn("schema.sql").map(([table]) => table);
  expect(tables).toContain("tokens");
  expect(tables.filter((table) => !named.has(table))).toEqual([]);
});

it.each(OBJECTS)("names every table of %s, and every column of its one row", (path) => {
  const [[table, columns] = ["", []], ...others] = tablesIn(path);
  expect(columns.length).toBeGreaterThan(10);
  expect([table, ...others.map(([name]) => name)].filter((name) => !named.has(name))).toEqual([]);
  const isNamed = (column: string) => column === "id" || new RegExp(`\`(?:\\w+\\.)?${column}\``).test(doc);
  expect(columns.filter((column) => !isNamed(column))).toEqual([]);
});
