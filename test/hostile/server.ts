/** The Worker as it would be deployed, in workerd, on loopback, with storage on disk that can be counted. */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { freePort } from "../../scripts/local/ports.mjs";
import { builtModules, builtSettings, bundleInto, migrate, workerOptions } from "../fixtures/built-worker.mjs";
import { FAKE_CLIENT, startFakeProvider } from "../fixtures/fake-provider.mjs";

export const GROUP_PASSWORD = "group-password";

/** Issuers by trait (test/fixtures/fake/traits.mjs). */
const TRAITS = ["plain", "rotating", "jwt", "no-metadata"];

export interface Server {
  readonly port: number;
  readonly issuer: string;
  readonly providers: Readonly<Record<string, string>>;
  readonly pepper: string;
  /** Everything that the Worker wrote since it was last taken. */
  takeLog(): string[];
  stored(): Promise<Stored>;
  stop(): Promise<void>;
  /** Like `stop`, but first shows the folder where the storage lies, at rest. */
  stopWith(look: (folder: string) => void): Promise<void>;
}

/** How much is stored. */
export interface Stored {
  /** One file each. */
  readonly objects: number;
  readonly rows: number;
  readonly keys: number;
}

export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "hostile-"));
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = await startFakeProvider({ redirectUris: [`${issuer}/redirect`] });
  const providers = Object.fromEntries(TRAITS.map((trait) => [trait, `${provider.origin}/${trait}`]));
  const bindings = settings(issuer, providers);
  const log: string[] = [];
  await bundleInto(join(folder, "bundle"), { minify: true });
  const modules = builtModules(join(folder, "bundle"));
  const unsafeDirectSockets = [{ host: "127.0.0.1", port }];
  const worker = { ...workerOptions(), name: "hostile", modules, bindings, unsafeDirectSockets };
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({ host: "127.0.0.1", port: 0, workers: [worker] }),
    logRequests: false,
    resourcePersistencePath: join(folder, "storage"),
    telemetry: { enabled: false },
    handleStructuredLogs: ({ message }) => log.push(message),
  });
  await miniflare.ready;
  const directory = await miniflare.getD1Database("DIRECTORY");
  await migrate(directory);
  const codes = await miniflare.getKVNamespace("CODES");
  const stopWith = async (look: (folder: string) => void): Promise<void> => {
    await miniflare.dispose();
    await provider.close();
    look(join(folder, "storage"));
    rmSync(folder, { recursive: true, force: true });
  };
  return {
    port,
    issuer,
    providers,
    pepper: bindings["PEPPER"]!,
    takeLog: () => log.splice(0),
    stored: async () => ({
      objects: objectFiles(join(folder, "storage")),
      rows: await rowsIn(directory),
      keys: (await codes.list()).keys.length,
    }),
    stop: () => stopWith(() => {}),
    stopWith,
  };
}

function settings(issuer: string, providers: Server["providers"]): Record<string, string> {
  const entries = Object.values(providers).map((one) => ({
    issuer: one,
    client_id: FAKE_CLIENT.clientId,
    scopes: ["openid", "profile", "email", "offline_access"],
  }));
  return {
    ...builtSettings(issuer, entries, FAKE_CLIENT.clientSecret),
    PROFILE_GROUPS: JSON.stringify({ _: GROUP_PASSWORD, grp: GROUP_PASSWORD }),
    TRUSTED_REDIRECT_PATHS: '["/home"]',
    // Nobody listens there: reverse names are never found, and nothing leaves this machine.
    DNS_OVER_HTTPS_URL: "https://127.0.0.1:9/dns-query",
  };
}

function objectFiles(folder: string): number {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" });
  return names.filter((name) => /(^|\/)do\/.+\.sqlite$/.test(name)).length;
}

interface Countable {
  prepare(query: string): { all(): Promise<{ results: unknown }> };
}

/** Rows of all tables of the directory. */
async function rowsIn(directory: Countable): Promise<number> {
  const tables = await directory.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
  let rows = 0;
  for (const { name } of tables.results as { name: string }[]) {
    if (name.startsWith("_cf_")) continue;
    const { results } = await directory.prepare(`SELECT count(*) AS rows FROM "${name}"`).all();
    rows += (results as { rows: number }[])[0]?.rows ?? 0;
  }
  return rows;
}
