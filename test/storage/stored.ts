/** States that earlier versions have stored (test/fixtures/stored/), put where the Worker under test finds them. */
import { type D1Migration, applyD1Migrations, reset, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { inject } from "vitest";

interface Table {
  readonly name: string;
  readonly sql: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export interface StoredObject {
  readonly kind: "MYTOKEN" | "GRANT" | "AUTHORIZATION";
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

const files = import.meta.glob<string>("../fixtures/stored/*.json", { eager: true, query: "?raw", import: "default" });

/** By name of the file; the provider of that time is the one of this run. */
export const STORED: readonly (readonly [string, StoredState])[] = Object.entries(files).map(([path, text]) => {
  const { provider } = JSON.parse(text) as StoredState;
  return [path.replace(/.*\//, ""), JSON.parse(text.replaceAll(provider, inject("fakeProvider"))) as StoredState];
});

/** Everything else goes. The migrations since then run over the stored rows. */
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

async function loadObject({ kind, name, tables }: StoredObject): Promise<void> {
  const stub = env[kind].getByName(name);
  await runInDurableObject(stub as never, (_: unknown, { storage }: DurableObjectState) => {
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
}

function bytesIn(value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("base64" in value)) return value;
  return Uint8Array.from(atob(String(value.base64)), (character) => character.charCodeAt(0)).buffer;
}
