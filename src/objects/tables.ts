/**
 * The tables of an object, as the steps that lead to them. Stored formats outlive deploys (DESIGN §7): an object that was
 * stored by earlier code takes the steps that it lacks when it comes into memory (docs/decisions/0009).
 */
import { onlyRow } from "./only-row.ts";

/**
 * Steps only add: tables, and columns that may be left out (`DEFAULT`, or without `NOT NULL`). So the code of before goes on
 * with what they made, after a rollback and in the minutes of a deploy. A step that was released never changes:
 * whatever comes to mind later is one more step. test/node/object-tables.test.ts holds both.
 */
export interface Tables {
  /** The table of one row whose `schema_version` says how many steps were taken. */
  readonly versioned: string;
  /** SQL, in order; the first makes the tables. */
  readonly steps: readonly string[];
}

/** Makes the tables of a new object, inside the transaction that fills them. Returns its `schema_version`. */
export function createTables(sql: SqlStorage, { steps }: Tables): number {
  for (const step of steps) sql.exec(step);
  return steps.length;
}

/**
 * Takes the steps that the object lacks, all of them or none. An object that has no tables gets none, one that newer
 * code has stored is left alone. Throws if a step fails; then nothing has changed, and the next activation tries again.
 */
export function completeTables(storage: DurableObjectStorage, { versioned, steps }: Tables): void {
  const query = `SELECT schema_version AS taken FROM ${versioned}`;
  const taken = onlyRow(() => storage.sql.exec<{ taken: number }>(query))?.taken;
  if (taken === undefined || taken >= steps.length) return;
  storage.transactionSync(() => {
    for (const step of steps.slice(taken)) storage.sql.exec(step);
    storage.sql.exec(`UPDATE ${versioned} SET schema_version = ?`, steps.length);
  });
}
