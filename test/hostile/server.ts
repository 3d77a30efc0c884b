/** The Worker as it would be deployed, in workerd, on loopback, with storage on disk that can be counted. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { freePort } from "../../scripts/local/ports.mjs";
import { builtModules, builtSettings, bundleInto, migrate, workerOptions } from "../fixtures/built-worker.mjs";
import { FAKE_CLIENT, startFakeProvider } from "../fixtures/fake-provider.mjs";
import { controlWorker, makeRejections, telling } from "./rejections.ts";
import { type Stored, storedAtRest } from "./stored.ts";

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
  /** Once nothing changes any more. */
  stored(): Promise<Stored>;
  /** In a Worker beside ours, with the same log. */
  makeRejections(): Promise<void>;
  stop(): Promise<void>;
  /** Like `stop`, but first shows the folder where the storage lies, at rest. */
  stopWith(look: (folder: string) => void): Promise<void>;
}

export async function startServer(): Promise<Server> {
  const folder = mkdtempSync(join(tmpdir(), "hostile-"));
  const port = await freePort();
  const issuer = `http://127.0.0.1:${port}`;
  const provider = await startFakeProvider({ redirectUris: [`${issuer}/redirect`] });
  const providers = Object.fromEntries(TRAITS.map((trait) => [trait, `${provider.origin}/${trait}`]));
  const bindings = settings(issuer, providers);
  const log: string[] = [];
  await bundleInto(join(folder, "bundle"));
  const modules = telling(builtModules(join(folder, "bundle")));
  const unsafeDirectSockets = [{ host: "127.0.0.1", port }];
  const worker = { ...workerOptions(), name: "hostile", modules, bindings, unsafeDirectSockets };
  const miniflare = new Miniflare({
    ...convertV4MiniflareOptions({ host: "127.0.0.1", port: 0, workers: [worker, controlWorker()] }),
    logRequests: false,
    verbose: true,
    resourcePersistencePath: join(folder, "storage"),
    telemetry: { enabled: false },
    handleStructuredLogs: ({ message }) => log.push(message),
  });
  await miniflare.ready;
  await migrate(await miniflare.getD1Database("DIRECTORY"));
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
    stored: () => storedAtRest(join(folder, "storage")),
    makeRejections: () => makeRejections(miniflare),
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
