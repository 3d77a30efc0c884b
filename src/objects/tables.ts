/**
 * The tables of an object, as the steps that lead to them. Stored formats outlive deploys (DESIGN §7): an object that
 * earlier code has stored takes the steps that it lacks before anything else is done with it (docs/decisions/0009).
 */
import { onlyRow } from "./only-row.ts";

/**
 * Steps only add: tables, and columns that may be left out (`DEFAULT`, or without `NOT NULL`). So the code of before goes
 * on with what they made, after a rollback and in the minutes of a deploy. A step that was released never changes:
 * what comes to mind later is one more step. test/node/object-tables.test.ts holds both.
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
 * Gives out the storage of an object, and before the first time completes its tables. Throws if a step fails: then
 * nothing has changed, and the next call tries again.
 */
export function completed(storage: DurableObjectStorage, tables: Tables): () => DurableObjectStorage {
  let isComplete = false;
  return () => {
    if (!isComplete) completeTables(storage, tables);
    isComplete = true;
    return storage;
  };
}

/** All steps that are lacking, or none. Without tables the object gets none; what newer code has stored is left alone. */
function completeTables(storage: DurableObjectStorage, { versioned, steps }: Tables): void {
  const query = `SELECT schema_version FROM ${versioned}`;
  const row = onlyRow(() => storage.sql.exec<{ schema_version: number }>(query));
  if (!row || row.schema_version >= steps.length) return;
  storage.transactionSync(() => {
    for (const step of steps.slice(row.schema_version)) storage.sql.exec(step);
    storage.sql.exec(`UPDATE ${versioned} SET schema_version = ?`, steps.length);
  });
}
