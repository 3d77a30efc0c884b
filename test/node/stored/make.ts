/**
 * Writes test/fixtures/stored/<name>.json: all that the present Worker stores, with the texts that open it. To be run
 * once for each version of a schema, before the code that changes it:
 *
 *   node test/node/stored/make.ts v2
 */
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { inTree } from "../../../scripts/local/place.mjs";
import { call, finish, login, my, start } from "../../hostile/pool.ts";
import { type Server, startServer } from "../../hostile/server.ts";

const CALLER = { "CF-Connecting-IP": "2001:db8:5::1", "User-Agent": "stored/1" };
const CAPABILITIES = ["AT", "create_mytoken", "tokeninfo", "manage_mytokens", "settings"];

const [name] = process.argv.slice(2);
if (!name) throw new Error("usage: node test/node/stored/make.ts NAME");
const server = await startServer();
const texts = await history(server);
const made = Math.floor(Date.now() / 1000);
let content = {};
await server.stopWith((folder) => {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".sqlite"));
  const dumps = files.map((path) => ({ path, tables: tablesIn(join(folder, path)) }));
  const objects = dumps
    .filter(({ path }) => path.includes("do/"))
    .flatMap(({ tables }) => (tables.length === 0 ? [] : [{ ...whose(tables), tables }]));
  const directory = dumps.find(({ tables }) => tables.some((table) => table.name === "tokens"))?.tables ?? [];
  content = { objects, directory };
});
const provider = new URL(server.providers["plain"] ?? "").origin;
const migrations = readdirSync(inTree("migrations")).length;
const text = JSON.stringify({ made, migrations, provider, caller: CALLER, texts, ...content }, null, 1);
writeFileSync(inTree(`test/fixtures/stored/${name}.json`), `${text}\n`);

/** Something of everything that can be stored. Returns what its holders hold, and what the provider knows. */
async function history(server: Server): Promise<Record<string, unknown>> {
  const post = async (path: string, body: Record<string, unknown>) => (await call(server, path, body, CALLER)).body;
  const exchange = (mytoken: unknown) => post("/api/v0/token/access", { grant_type: "mytoken", mytoken });

  const root = await login(server, "plain", { name: "root", capabilities: CAPABILITIES });
  await exchange(root["mytoken"]);
  const below = (request: object) => my(server, { grant_type: "mytoken", mytoken: root["mytoken"], ...request });
  const restrictions = [{ usages_AT: 2, exp: 4_000_000_000, hosts: ["2001:db8::/32"] }];
  const child = await below({ name: "child", capabilities: ["AT", "tokeninfo"], restrictions });
  await exchange(child["mytoken"]);
  const short = await below({ name: "short", response_type: "short_token" });
  const ended = await below({ name: "ended" });
  await post("/api/v0/token/revoke", { token: ended["mytoken"] });
  await post("/api/v0/token/transfer", { mytoken: root["mytoken"] });
  await call(server, "/api/v0/settings/grants", { grant_type: "mytoken", mytoken: root["mytoken"] }, CALLER);
  await post("/api/v0/settings/tags/stored%20tag", { mytoken: root["mytoken"] });
  await post("/api/v0/token/my/tags", { mytoken: root["mytoken"], tag: "stored tag" });

  const rotating = await login(server, "plain", { name: "rotating", rotation: { on_AT: true, lifetime: 100_000_000 } });
  const update = (await exchange(rotating["mytoken"]))["token_update"] as Record<string, unknown>;

  const pending = await start(server, "plain", { name: "pending" });
  const finished = await start(server, "plain", { name: "finished" });
  await finish(server, finished, "plain", { name: "finished" });
  return {
    root: root["mytoken"],
    child: child["mytoken"],
    short: short["mytoken"],
    ended: ended["mytoken"],
    predecessor: rotating["mytoken"],
    successor: update["mytoken"],
    pendingConsent: pending.consentPath.slice("/c/".length),
    pendingPolling: pending.pollingCode,
    finishedPolling: finished.pollingCode,
    refreshTokens: await refreshTokens(server),
  };
}

async function refreshTokens(server: Server): Promise<readonly string[]> {
  const issuer = server.providers["plain"] ?? "";
  const response = await fetch(`${new URL(issuer).origin}/control/log?issuer=${encodeURIComponent(issuer)}`);
  const { families } = (await response.json()) as { families: { current: string }[] };
  return families.map(({ current }) => current);
}

interface Table {
  readonly name: string;
  /** The statement that makes it, and those of its indexes and triggers. */
  readonly sql: readonly string[];
  readonly rows: readonly Record<string, unknown>[];
}

function tablesIn(path: string): readonly Table[] {
  const database = new DatabaseSync(path);
  const made = database.prepare("SELECT name, tbl_name, type, sql FROM sqlite_master WHERE sql IS NOT NULL").all();
  const tables = made.filter((one) => one["type"] === "table" && !/^(_cf_|sqlite_|d1_)/.test(String(one["name"])));
  return tables.map((table) => ({
    name: String(table["name"]),
    sql: made.filter((one) => one["tbl_name"] === table["name"]).map((one) => String(one["sql"])),
    rows: database
      .prepare(`SELECT * FROM "${String(table["name"])}"`)
      .all()
      .map(shown),
  }));
}

/** Bytes as `{ base64 }`. */
function shown(row: Record<string, unknown>): Record<string, unknown> {
  const entries = Object.entries(row).map(([column, value]) => [
    column,
    value instanceof Uint8Array ? { base64: Buffer.from(value).toString("base64") } : value,
  ]);
  return Object.fromEntries(entries) as Record<string, unknown>;
}

function whose(tables: readonly Table[]): { kind: string; name: string } {
  for (const [table, column, kind] of [
    ["token", "mom_id", "MYTOKEN"],
    ["login", "grant_id", "GRANT"],
    ["flow", "flow_id", "AUTHORIZATION"],
  ] as const) {
    const row = tables.find((one) => one.name === table)?.rows[0];
    if (row) return { kind, name: String(row[column]) };
  }
  throw new Error("an object of no kind");
}
