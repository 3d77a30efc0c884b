/** States that earlier versions have stored (test/fixtures/stored/), put where the Worker under test finds them. */
import { type D1Migration, applyD1Migrations, evictDurableObject, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inject } from "vitest";
import { createTables } from "../../src/objects/tables.ts";
import { addSteps, ask, everyAddition, forgetSteps, type Kind, KINDS, TABLES } from "./later-code.ts";

interface Table {
  readonly name: string;
  readonly sql: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface StoredObject {
  readonly kind: Kind;
  readonly name: string;
  readonly tables: readonly Table[];
}

export interface StoredState {
  /** When, in seconds. */
  readonly made: number;
  /** How many there were. */
  readonly migrations: number;
  /** Origin of its providers. */
  readonly provider: string;
  readonly texts: Readonly<Record<string, string>> & { readonly refreshTokens: readonly string[] };
  readonly objects: readonly StoredObject[];
  readonly directory: readonly Table[];
}

const files = import.meta.glob<string>("../fixtures/stored/v*.json", { eager: true, query: "?raw", import: "default" });

/** By name of the file; the provider of that time is the one of this run. */
export const STORED: readonly (readonly [string, StoredState])[] = Object.entries(files).map(([path, text]) => {
  const { provider } = JSON.parse(text) as StoredState;
  return [path.replace(/.*\//, ""), JSON.parse(text.replaceAll(provider, inject("fakeProvider"))) as StoredState];
});

/** Everything else goes. The migrations since then run over the stored rows; the objects are in nobody's memory. */
export async function load({ objects, directory, migrations }: StoredState): Promise<void> {
  await reset();
  const all = env["MIGRATIONS"] as D1Migration[];
  await applyD1Migrations(env.DIRECTORY, all.slice(0, migrations));
  for (const { name, rows } of directory) {
    for (const row of rows) {
      const [columns, values] = [Object.keys(row), Object.values(row)];
      const places = columns.map(() => "?").join(", ");
      const statement = `INSERT OR REPLACE INTO "${name}" (${columns.join(", ")}) VALUES (${places})`;
      await env.DIRECTORY.prepare(statement)
        .bind(...values)
        .run();
    }
  }
  await applyD1Migrations(env.DIRECTORY, all);
  for (const object of objects) await loadObject(object);
}

/** Loads a state and lets code of a later version serve all its objects, before the present code is back. */
export async function loadAndServeLater(state: StoredState): Promise<void> {
  await load(state);
  for (const kind of KINDS) addSteps(kind, everyAddition(kind));
  for (const { kind, name } of state.objects) await ask(kind, name);
  forgetSteps();
  for (const object of state.objects) await evictDurableObject(stubOf(object));
}

type Named = Pick<StoredObject, "kind" | "name">;

/** The `schema_version` of an object as it is now. */
export function versionOf(object: Named): Promise<unknown> {
  const query = `SELECT schema_version FROM ${TABLES[object.kind].versioned}`;
  return inside(object, (sql) => sql.exec(query).one()["schema_version"]);
}

/** The statements of an object's tables and indexes. */
export function statementsOf(object: Named): Promise<readonly string[]> {
  const query = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE '\\_cf%' ESCAPE '\\'";
  return inside(object, (sql) => {
    const made = sql.exec<{ sql: string }>(query).toArray();
    return made.map((one) => one.sql).sort();
  });
}

/** The statements of the tables that a new object gets. */
export async function newTables(kind: Kind): Promise<readonly string[]> {
  const object = { kind, name: crypto.randomUUID() };
  await inside(object, (sql) => createTables(sql, TABLES[kind]));
  return statementsOf(object);
}

function inside<Value>(object: Named, look: (sql: SqlStorage) => Value): Promise<Value> {
  return runInDurableObject(stubOf(object), (_, { storage }) => look(storage.sql));
}

export function stubOf({ kind, name }: Named): DurableObjectStub {
  return env[kind].getByName(name);
}

async function loadObject({ kind, name, tables }: StoredObject): Promise<void> {
  const stub = stubOf({ kind, name });
  await runInDurableObject(stub, async (_, { storage }) => {
    // `reset` passes over objects that are not in memory.
    await storage.deleteAll();
    for (const table of tables) {
      for (const statement of table.sql) storage.sql.exec(statement);
      for (const row of table.rows) {
        const places = Object.keys(row).map(() => "?");
        const values = Object.values(row).map(bytesIn);
        storage.sql.exec(
          `INSERT INTO "${table.name}" (${Object.keys(row).join(", ")}) VALUES (${places.join(", ")})`,
          ...values,
        );
      }
    }
  });
  await evictDurableObject(stub);
}

function bytesIn(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("base64" in value)) return value;
  return Uint8Array.from(atob(String(value.base64)), (character) => character.charCodeAt(0)).buffer;
}
