/** What is left on the disk: the databases of the objects, of the directory and of KV, looked at in copies. */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** Something that an object, the directory or KV still holds. */
export interface Leftover {
  readonly kind: "mytoken" | "grant" | "authorization" | "directory" | "codes";
  /** Of the person at the provider, or the id of a login that was never finished. */
  readonly user: string | null;
  readonly flowId: string | null;
  readonly what: string;
}

const OBJECTS = [
  ["mytoken", "do/mytoken-Mytoken"],
  ["grant", "do/mytoken-Grant"],
  ["authorization", "do/mytoken-Authorization"],
] as const;

const SECRETS_OF_A_FLOW =
  "sealed_private_key, public_key, state_hash, cookie_hash, code_verifier, nonce, sealed_token".split(", ");

type Row = Record<string, unknown>;

/** Everything in the objects and the directory of a storage folder. `clean` remembers files that were empty. */
export function leftovers(storage: string, clean: Set<string>): readonly Leftover[] {
  const copies = mkdtempSync(join(tmpdir(), "faults-copy-"));
  try {
    const inObjects = OBJECTS.flatMap(([kind, folder]) =>
      databasesIn(join(storage, folder)).flatMap((file) => {
        if (clean.has(file)) return [];
        const found = inCopy(file, copies, (database) => leftIn(kind, database));
        if (found.length === 0) clean.add(file);
        return found;
      }),
    );
    const directory = databasesIn(join(storage, "d1/miniflare-D1DatabaseObject")).flatMap((file) =>
      inCopy(file, copies, leftInDirectory),
    );
    const codes = databasesIn(join(storage, "kv/miniflare-KVNamespaceObject")).flatMap((file) =>
      inCopy(file, copies, (database) => leftInStore(database, Date.now())),
    );
    return [...inObjects, ...directory, ...codes];
  } finally {
    rmSync(copies, { recursive: true });
  }
}

/** Files that hold one of the texts which nobody should find on a disk. */
export function filesWith(storage: string, texts: readonly string[]): readonly string[] {
  const names = readdirSync(storage, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return names
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter((path) => {
      const content = readFileSync(path);
      return texts.some((text) => content.includes(text));
    });
}

function databasesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
    .map((name) => join(folder, name));
}

/** A server that still runs may write meanwhile: what cannot be read is left for the next look. */
function inCopy(file: string, copies: string, look: (database: DatabaseSync) => Leftover[]): Leftover[] {
  const copy = join(copies, "copy.sqlite");
  for (const suffix of ["", "-wal", "-shm"]) {
    rmSync(copy + suffix, { force: true });
    if (suffix !== "-shm" && existsSync(file + suffix)) copyFileSync(file + suffix, copy + suffix);
  }
  try {
    const database = new DatabaseSync(copy);
    try {
      return look(database);
    } finally {
      database.close();
    }
  } catch (error) {
    return [{ kind: "directory", user: null, flowId: null, what: `${file} cannot be read: ${String(error)}` }];
  }
}

function rows(database: DatabaseSync, query: string): Row[] {
  return database.prepare(query).all();
}

function tablesIn(database: DatabaseSync): string[] {
  const found = rows(
    database,
    String.raw`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\_cf\_%' ESCAPE '\'`,
  );
  return found.map(({ name }) => String(name));
}

function leftIn(kind: (typeof OBJECTS)[number][0], database: DatabaseSync): Leftover[] {
  const tables = tablesIn(database);
  if (tables.length === 0) return [];
  if (kind === "authorization") return leftOfFlow(database);
  const [owner] = rows(database, `SELECT * FROM ${kind === "grant" ? "login" : "token"}`);
  const user = typeof owner?.["oidc_sub"] === "string" ? owner["oidc_sub"] : null;
  const members = kind === "grant" ? rows(database, "SELECT state, count(*) AS n FROM member GROUP BY state") : [];
  const due = tables.includes("due") ? rows(database, "SELECT kind, at, tries FROM due") : [];
  const what = JSON.stringify({ tables, state: owner?.["state"], closed: owner?.["closed"], members, due });
  return [{ kind, user, flowId: null, what }];
}

/** A tombstone stays for an hour, without any secret. */
function leftOfFlow(database: DatabaseSync): Leftover[] {
  return rows(database, "SELECT * FROM flow").flatMap((flow): Leftover[] => {
    const held = SECRETS_OF_A_FLOW.filter((name) => flow[name] !== null);
    const isTombstone = ["collected", "declined", "failed", "expired"].includes(String(flow["state"]));
    if (isTombstone && held.length === 0) return [];
    const what = `a login in state ${String(flow["state"])} with ${held.join(", ")}`;
    return [{ kind: "authorization", user: null, flowId: String(flow["flow_id"]), what }];
  });
}

/** What belongs to one token each; a person's own tags stay. */
const TABLES_OF_TOKENS = { tokens: "mom_id, state, version", token_tags: "mom_id, tag" } as const;

function leftInDirectory(database: DatabaseSync): Leftover[] {
  if (!tablesIn(database).includes("tokens")) return [];
  return Object.entries(TABLES_OF_TOKENS).flatMap(([table, columns]) => {
    const owner = `LEFT JOIN users ON users.owner = ${table}.owner`;
    return rows(database, `SELECT ${columns}, oidc_sub FROM ${table} ${owner} ORDER BY mom_id`).map((row): Leftover => {
      const user = String(row["oidc_sub"]);
      return { kind: "directory", user, flowId: null, what: `${table} ${JSON.stringify(row)}` };
    });
  });
}

/** How long KV keeps the record of a transfer code and a provider's metadata, and how far clocks may be apart. */
const KEPT_MILLISECONDS = 3_600_000 + 10_000;

/** KV forgets by itself, after an hour at most: a record that says otherwise, or is of no known kind, stays. */
export function leftInStore(database: DatabaseSync, now: number): Leftover[] {
  return rows(database, "SELECT key, expiration FROM _mf_entries").flatMap(({ key, expiration }): Leftover[] => {
    const isKnown = /^(provider http|[\w-]{43}$)/.test(String(key));
    if (isKnown && typeof expiration === "number" && expiration <= now + KEPT_MILLISECONDS) return [];
    return [{ kind: "codes", user: null, flowId: null, what: `${String(key)} until ${String(expiration)}` }];
  });
}
