/** Everything that the server stores, as a thief would copy it: all objects, D1 and KV; and the search in it. */
import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { tableNames } from "./inside.ts";

/** One value with the place where it stands. */
export interface Stored {
  readonly place: string;
  readonly value: string | Uint8Array<ArrayBuffer>;
}

/** All stored values: every column of every table of every object and of D1, every KV entry, names and times alike. */
export async function dump(): Promise<readonly Stored[]> {
  const parts = await Promise.all([
    dumpObjects("AUTHORIZATION", env.AUTHORIZATION),
    dumpObjects("GRANT", env.GRANT),
    dumpObjects("MYTOKEN", env.MYTOKEN),
    dumpDirectory(),
    dumpCodes(),
  ]);
  return parts.flat();
}

async function dumpObjects<Kind extends Rpc.DurableObjectBranded>(
  kind: string,
  namespace: DurableObjectNamespace<Kind>,
): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  for (const id of await listDurableObjectIds(namespace)) {
    const rows = await runInDurableObject(namespace.get(id), async (_, { storage }) => {
      const tables = tableNames(storage.sql).flatMap((table) =>
        storage.sql
          .exec(`SELECT * FROM "${table}"`)
          .toArray()
          .map((row): [string, Record<string, unknown>] => [table, row]),
      );
      const pairs = [...(await storage.list())].map(([key, value]): [string, Record<string, unknown>] => [
        "key-value",
        { key, value: JSON.stringify(value) },
      ]);
      return [...tables, ...pairs];
    });
    for (const [table, row] of rows) found.push(...valuesOf(`${kind} ${id.name ?? String(id)} ${table}`, row));
  }
  return found;
}

async function dumpDirectory(): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  const tables = await env.DIRECTORY.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all<{
    name: string;
  }>();
  for (const { name } of tables.results.filter((table) => !table.name.startsWith("_cf_"))) {
    const { results } = await env.DIRECTORY.prepare(`SELECT * FROM "${name}"`).all();
    for (const row of results) found.push(...valuesOf(`D1 ${name}`, row));
  }
  return found;
}

async function dumpCodes(): Promise<readonly Stored[]> {
  const found: Stored[] = [];
  const { keys } = await env.CODES.list();
  for (const key of keys) {
    found.push({ place: "KV key", value: JSON.stringify(key) });
    const value = await env.CODES.get(key.name, "arrayBuffer");
    if (value) found.push({ place: `KV ${key.name}`, value: new Uint8Array(value) });
  }
  return found;
}

function valuesOf(place: string, row: Readonly<Record<string, unknown>>): readonly Stored[] {
  return Object.entries(row).flatMap(([column, value]): Stored[] => {
    if (value === null) return [];
    const where = `${place}.${column}`;
    // D1 gives blobs as lists of numbers.
    if (value instanceof ArrayBuffer) return [{ place: where, value: new Uint8Array(value) }];
    if (Array.isArray(value)) return [{ place: where, value: Uint8Array.from(value as number[]) }];
    return [{ place: where, value: typeof value === "string" ? value : JSON.stringify(value) }];
  });
}

/** The places where a secret stands: as it is, or as base64, base64url or hex of it, and in bytes or text. */
export function placesOf(secret: string | Uint8Array, stored: readonly Stored[]): readonly string[] {
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  const needles = new Set([latin1(bytes), hex(bytes), hex(bytes).toUpperCase(), ...base64Cores(bytes)]);
  const places = stored.flatMap(({ place, value }) => {
    const text = typeof value === "string" ? latin1(new TextEncoder().encode(value)) : latin1(value);
    const plain = decodings(text);
    const here = [...needles].some((needle) => plain.some((one) => one.includes(needle)));
    return here ? [place] : [];
  });
  return [...new Set(places)];
}

/** The text itself, and what its base64 and hex parts say. */
function decodings(text: string): readonly string[] {
  const base64 = text.match(/[A-Za-z0-9+/_-]{16,}/g) ?? [];
  const decoded = base64.flatMap((part) => [0, 1, 2, 3].map((skip) => fromBase64(part.slice(skip))));
  const hexed = (text.match(/(?:[0-9a-fA-F]{2}){8,}/g) ?? []).map((part) =>
    String.fromCharCode(...(part.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))),
  );
  return [text, ...decoded, ...hexed];
}

function fromBase64(part: string): string {
  const whole = part.slice(0, part.length - (part.length % 4));
  return atob(whole.replaceAll("-", "+").replaceAll("_", "/"));
}

/** What base64 of bytes looks like inside base64 of something longer: three alignments, without the uncertain ends. */
function base64Cores(bytes: Uint8Array): readonly string[] {
  return [0, 1, 2].flatMap((shift) => {
    const text = btoa("\0".repeat(shift) + latin1(bytes));
    const from = shift === 0 ? 0 : shift + 1;
    const until = text.length - (text.endsWith("==") ? 3 : text.endsWith("=") ? 2 : 0);
    const core = text.slice(from, until);
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}
