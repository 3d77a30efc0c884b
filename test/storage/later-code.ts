/** Code of a later version: steps added to those of src/objects/, for a while. Tests, Worker and objects are one isolate. */
import { env } from "cloudflare:workers";
import { AUTHORIZATION_TABLES } from "../../src/objects/authorization/schema.ts";
import { GRANT_TABLES } from "../../src/objects/grant/schema.ts";
import { MYTOKEN_TABLES } from "../../src/objects/mytoken/schema.ts";
import type { Tables } from "../../src/objects/tables.ts";

export type Kind = "MYTOKEN" | "GRANT" | "AUTHORIZATION";

export const TABLES: Readonly<Record<Kind, Tables>> = {
  MYTOKEN: MYTOKEN_TABLES,
  GRANT: GRANT_TABLES,
  AUTHORIZATION: AUTHORIZATION_TABLES,
};

export const KINDS = Object.keys(TABLES) as Kind[];

/** How many steps the present code has. */
export const PRESENT = Object.fromEntries(KINDS.map((kind) => [kind, TABLES[kind].steps.length])) as Record<
  Kind,
  number
>;

/** The code of every object now has these steps as well. */
export function addSteps(kind: Kind, ...steps: readonly string[]): void {
  (TABLES[kind].steps as string[]).push(...steps);
}

/** The code is the present one again. */
export function forgetSteps(): void {
  for (const kind of KINDS) (TABLES[kind].steps as string[]).length = PRESENT[kind];
}

/** Everything that a step may do: a column that has to hold something in each of the tables, and a table. */
export function everyAddition(kind: Kind): string {
  const tables = [...TABLES[kind].steps.join("\n").matchAll(/CREATE TABLE (\w+)/g)].map(([, table = ""]) => table);
  const columns = tables.map((table) => `ALTER TABLE ${table} ADD COLUMN later INTEGER NOT NULL DEFAULT 7;`);
  return [...columns, "CREATE TABLE later (id INTEGER PRIMARY KEY, what TEXT NOT NULL) STRICT;"].join("\n");
}

/** A question to an object, whatever it knows, that writes nothing. */
export async function ask(kind: Kind, name: string): Promise<void> {
  if (kind === "MYTOKEN") await env.MYTOKEN.getByName(name).place();
  else if (kind === "GRANT") await env.GRANT.getByName(name).isAlive("nobody");
  else await env.AUTHORIZATION.getByName(name).view("no code");
}
