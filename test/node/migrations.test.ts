/**
 * Migrations run before the new Worker does, and the old one goes on for minutes (docs/DEPLOY.md): so they only add, and
 * what they add the old statements may leave out. What stored states become is in test/storage/stored.test.ts.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { faultsOf } from "./only-adds.ts";

const folder = join(import.meta.dirname, "../../migrations");

it.each(readdirSync(folder))("%s only adds", (name) => {
  expect(name).toMatch(/^\d{4}_\w+\.sql$/);
  expect(faultsOf(readFileSync(join(folder, name), "utf8"))).toEqual([]);
});

it.each([
  ["DROP TABLE users;", "takes something away"],
  ["ALTER TABLE users DROP COLUMN email;", "takes something away"],
  ["ALTER TABLE users RENAME TO people;", "takes something away"],
  ["CREATE UNIQUE INDEX users_by_email ON users (email);", "forbids what was allowed"],
  ["ALTER TABLE users\n  ADD COLUMN colour TEXT NOT NULL;", "demands a new column"],
])("finds %j", (sql, fault) => {
  expect(faultsOf(sql)).toEqual([expect.stringContaining(fault)]);
});

it("lets what is optional in", () => {
  expect(
    faultsOf(
      "ALTER TABLE users ADD COLUMN a INTEGER NOT NULL DEFAULT 1; CREATE TABLE t (a TEXT NOT NULL); CREATE UNIQUE INDEX i ON t (a);",
    ),
  ).toEqual([]);
});
