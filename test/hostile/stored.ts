/** What lies on the disk: each row of each object, of the directory and of the codes, read from copies. */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface Stored {
  /** Databases, one for each object: even an empty one costs a file. */
  readonly files: readonly string[];
  /** `file › table` → the JSON text of each row. */
  readonly tables: ReadonlyMap<string, readonly string[]>;
}

const QUIET_MILLISECONDS = 500;
const LONGEST_UNREST_MILLISECONDS = 20_000;

/** All of a storage folder whose server may run. Throws if something cannot be read. */
export function storedIn(storage: string): Stored {
  const names = readdirSync(storage, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => /^(?:do|d1|kv)\/.+\.sqlite$/.test(name)).toSorted();
  const copies = mkdtempSync(join(tmpdir(), "hostile-copy-"));
  try {
    const tables = files.flatMap((file) =>
      tablesIn(join(storage, file), copies).map(([table, rows]) => [`${file} › ${table}`, rows] as const),
    );
    return { files, tables: new Map(tables) };
  } finally {
    rmSync(copies, { recursive: true });
  }
}

/** The same once nothing changes any more: what was answered is still being listed, and cleaned up after. */
export async function storedAtRest(storage: string): Promise<Stored> {
  const until = Date.now() + LONGEST_UNREST_MILLISECONDS;
  let last = storedIn(storage);
  while (Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, QUIET_MILLISECONDS));
    const now = storedIn(storage);
    if (leftBehind(last, now).length === 0 && rowsOf(now) === rowsOf(last)) return now;
    last = now;
  }
  throw new Error("the storage does not come to rest");
}

export function rowsOf({ tables }: Stored): number {
  return [...tables.values()].reduce((sum, rows) => sum + rows.length, 0);
}

/**
 * What is there afterwards that was not before: objects, rows, and rows that say something else. Rows that went are no
 * fault; nor is what an object does at a time of its own (`due`), as long as it has no more rows for it.
 */
export function leftBehind(before: Stored, after: Stored): string[] {
  const found = after.files.filter((file) => !before.files.includes(file));
  for (const [name, rows] of after.tables) {
    const old = before.tables.get(name) ?? [];
    const fresh = rows.filter((row) => !old.includes(row));
    const [file = ""] = name.split(" › ");
    if (rows.length > old.length) found.push(`${name}: ${rows.length - old.length} rows more`);
    else if (fresh.length > 0 && !isRuntimes(name) && !hadAppointment(file, before, after)) {
      found.push(`${name}: another row: ${fresh[0]?.slice(0, 300)}`);
    }
  }
  return found;
}

/** When the next alarm is, and what the runtime counts for itself. */
function isRuntimes(name: string): boolean {
  return name.includes(" › _cf_");
}

function hadAppointment(file: string, before: Stored, after: Stored): boolean {
  const due = `${file} › due`;
  const left = after.tables.get(due) ?? [];
  const gone = (before.tables.get(due) ?? []).filter((row) => !left.includes(row));
  return gone.some((row) => Number((JSON.parse(row) as { at: string }).at) * 1000 <= Date.now());
}

type Table = readonly [name: string, rows: readonly string[]];

/** A server that runs holds the file: only a copy can be opened, with what has not been worked into it yet. */
function tablesIn(file: string, copies: string): Table[] {
  const copy = join(copies, "copy.sqlite");
  for (const suffix of ["", "-wal", "-shm"]) {
    rmSync(copy + suffix, { force: true });
    if (suffix !== "-shm" && existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
  }
  const database = new DatabaseSync(copy);
  try {
    const names = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return names.map(({ name }): Table => {
      const rows = database.prepare(`SELECT * FROM "${String(name)}"`);
      // Times of alarms are nanoseconds.
      rows.setReadBigInts(true);
      return [String(name), rows.all().map((row) => JSON.stringify(row, plainly))];
    });
  } finally {
    database.close();
  }
}

function plainly(_: string, value: unknown): unknown {
  if (typeof value === "bigint") return String(value);
  return value instanceof Uint8Array ? Buffer.from(value).toString("base64url") : value;
}
