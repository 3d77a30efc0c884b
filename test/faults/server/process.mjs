/** The server of the histories, in a process group of its own so that it can be killed: Miniflare with storage on disk. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readD1Migrations } from "@cloudflare/vitest-plugin";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { unstable_getMiniflareWorkerOptions } from "wrangler";
import { inTree } from "../../../scripts/local/place.mjs";

/** @type {{ port: number, bundle: string, storage: string, settings: Record<string, string>, isNew: boolean }} */
const { port, bundle, storage, settings, isNew } = JSON.parse(process.argv[2] ?? "{}");

const own = (name) => readFileSync(join(import.meta.dirname, name), "utf8");

/** The wrapper first; then all that a deployment would upload, as it is. */
function modules() {
  const names = readdirSync(bundle).filter((name) => name !== "README.md" && !name.endsWith(".map"));
  const uploaded = names.map((name) => ({
    type: name === "index.js" ? "ESModule" : "Text",
    path: name,
    contents: readFileSync(join(bundle, name), "utf8"),
  }));
  return [{ type: "ESModule", path: "faulty-worker.js", contents: own("faulty-worker.js") }, ...uploaded];
}

const { workerOptions } = unstable_getMiniflareWorkerOptions(inTree("wrangler.toml"));
const { compatibilityDate } = workerOptions;
const script = (name) => [{ type: "ESModule", path: name, contents: own(name) }];
// Limits for strangers have tests of their own; here everybody comes from this machine.
const ratelimits = Object.fromEntries(
  Object.entries(workerOptions.ratelimits ?? {}).map(([name, limit]) => [
    name,
    { ...limit, simple: { limit: 1_000_000, period: 60 } },
  ]),
);
const workers = [
  {
    name: "front",
    compatibilityDate,
    modules: script("front-worker.js"),
    serviceBindings: { SERVER: "mytoken", CONTROL: { name: "mytoken", entrypoint: "Control" }, CUT: "cut" },
    unsafeDirectSockets: [{ host: "127.0.0.1", port }],
  },
  {
    ...workerOptions,
    name: "mytoken",
    modules: modules(),
    bindings: settings,
    ratelimits,
    d1Databases: { DIRECTORY: "directory" },
    kvNamespaces: { CODES: "codes" },
  },
  { name: "cut", compatibilityDate, modules: script("cut-worker.js"), kvNamespaces: { CODES: "codes" } },
];
const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({ host: "127.0.0.1", port: 0, workers }),
  logRequests: false,
  resourcePersistencePath: storage,
  telemetry: { enabled: false },
  handleStructuredLogs: ({ message }) => console.log(message),
});
// Whoever started this is gone, so is the server.
process.on("disconnect", () => process.exit(1));
await miniflare.ready;
if (isNew) {
  const directory = await miniflare.getD1Database("DIRECTORY", "mytoken");
  for (const { queries } of await readD1Migrations(inTree("migrations"))) {
    for (const query of queries) await directory.prepare(query).run();
  }
}
process.send?.("ready");
