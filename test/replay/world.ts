/** The bundled Worker as the instances of the recordings, with storage of its own, and the providers they log in at. */
import { execFile } from "node:child_process";
import { createPrivateKey, type KeyObject } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { readD1Migrations } from "@cloudflare/vitest-plugin";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { startEmbeddedProvider } from "../../scripts/embedded-provider.mjs";
import { inTree, ROOT } from "../../scripts/local/place.mjs";
import { freePort } from "../../scripts/local/ports.mjs";
import { type Addresses, type Instance, INSTANCES, newSecrets, type Secrets, settingsOf } from "./instances.ts";
import { StubProvider } from "./stub/provider.ts";
import { startResolver } from "./stub/resolver.ts";

export interface World extends Addresses {
  readonly provider: StubProvider;
  /** The private key of `main`, for forged tokens. */
  readonly signingKey: KeyObject;
  /** What the Worker logged. */
  readonly log: readonly string[];
  stop(): Promise<void>;
}

const REAL_CLIENT = { clientId: "mytoken", clientSecret: "real-secret" };

export async function startWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), "golden-"));
  const running: (() => Promise<void>)[] = [];
  const stop = async () => {
    await Promise.all(running.map((end) => end()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    return { ...(await startAll(folder, running)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Adds to `running` how to end what it has started. */
async function startAll(folder: string, running: (() => Promise<void>)[]): Promise<Omit<World, "stop">> {
  const ports = await freePorts();
  const base = byInstance((instance) => `http://127.0.0.1:${ports[instance]}`);
  const provider = await StubProvider.start();
  running.push(() => provider.stop());
  const real = await startEmbeddedProvider({ port: 0, redirectUris: [`${base.main}/redirect`], ...REAL_CLIENT });
  running.push(real.close);
  const resolver = await startResolver();
  running.push(resolver.stop);
  const addresses = { base, stub: provider.origin, realProvider: real.issuer, resolver: resolver.url };
  const secrets = newSecrets(REAL_CLIENT);
  await bundle(join(folder, "bundle"));
  const log: string[] = [];
  const workers = INSTANCES.map((instance) => workerOptions(instance, folder, ports[instance], addresses, secrets));
  const options = convertV4MiniflareOptions({ host: "127.0.0.1", port: 0, workers });
  const miniflare = new Miniflare({
    ...options,
    logRequests: false,
    resourcePersistencePath: join(folder, "storage"),
    telemetry: { enabled: false },
    handleStructuredLogs: ({ message }) => log.push(message),
  });
  running.push(() => miniflare.dispose());
  await miniflare.ready;
  for (const instance of INSTANCES) if (instance !== "proxy") await migrate(miniflare, instance);
  return {
    ...addresses,
    provider,
    signingKey: createPrivateKey({ key: secrets.signingKeys.ES512 as never, format: "jwk" }),
    log,
  };
}

function byInstance<Value>(make: (instance: Instance) => Value): Record<Instance, Value> {
  return Object.fromEntries(INSTANCES.map((instance) => [instance, make(instance)])) as Record<Instance, Value>;
}

async function freePorts(): Promise<Record<Instance, number>> {
  const ports = new Set<number>();
  while (ports.size < INSTANCES.length) ports.add(await freePort());
  const [...list] = ports;
  return byInstance((instance) => list[INSTANCES.indexOf(instance)]!);
}

/** What would be deployed. */
async function bundle(folder: string): Promise<void> {
  const wrangler = inTree("node_modules/wrangler/bin/wrangler.js");
  const environment = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_WRITE_LOGS: "false" };
  const args = [wrangler, "deploy", "--dry-run", "--outdir", folder];
  await promisify(execFile)(process.execPath, args, { cwd: ROOT, env: environment });
}

/** The bindings of wrangler.toml with the settings of the instance; `proxy` shares the storage of `main`. */
function workerOptions(instance: Instance, folder: string, port: number, addresses: Addresses, secrets: Secrets) {
  const { workerOptions } = unstable_getMiniflareWorkerOptions(inTree("wrangler.toml"));
  const owner = instance === "proxy" ? "main" : instance;
  const objects = Object.entries(workerOptions.durableObjects ?? {}).map(([binding, designator]) => [
    binding,
    { ...(designator as object), ...(owner === instance ? {} : { scriptName: owner }) },
  ]);
  return {
    ...workerOptions,
    name: instance,
    modules: modulesIn(join(folder, "bundle")),
    bindings: settingsOf(instance, addresses, secrets),
    durableObjects: Object.fromEntries(objects),
    d1Databases: owned(workerOptions.d1Databases, owner),
    kvNamespaces: owned(workerOptions.kvNamespaces, owner),
    unsafeDirectSockets: [{ host: "127.0.0.1", port }],
  };
}

function owned(bindings: unknown, owner: string): Record<string, string> {
  return Object.fromEntries(Object.keys(bindings as object).map((binding) => [binding, `${owner}-${binding}`]));
}

function modulesIn(folder: string) {
  const names = readdirSync(folder).filter((name) => name !== "README.md" && !name.endsWith(".map"));
  const ordered = ["index.js", ...names.filter((name) => name !== "index.js")];
  return ordered.map((name) => ({
    type: name === "index.js" ? ("ESModule" as const) : ("Text" as const),
    path: name,
    contents: readFileSync(join(folder, name), "utf8"),
  }));
}

async function migrate(miniflare: Miniflare, instance: Instance): Promise<void> {
  const directory = await miniflare.getD1Database("DIRECTORY", instance);
  for (const { queries } of await readD1Migrations(inTree("migrations"))) {
    for (const query of queries) await directory.prepare(query).run();
  }
}
