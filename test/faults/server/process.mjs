/** The server of the histories, in a process group of its own so that it can be killed: Miniflare with storage on disk. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { builtModules, migrate, wideRateLimits, workerOptions } from "../../fixtures/built-worker.mjs";

/** @type {{ port: number, bundle: string, storage: string, settings: Record<string, string>, isNew: boolean }} */
const { port, bundle, storage, settings, isNew } = JSON.parse(process.argv[2] ?? "{}");

const script = (name) => [
  { type: "ESModule", path: name, contents: readFileSync(join(import.meta.dirname, name), "utf8") },
];
const options = workerOptions();
const { compatibilityDate } = options;
const workers = [
  {
    name: "front",
    compatibilityDate,
    modules: script("front-worker.js"),
    serviceBindings: { SERVER: "mytoken", CONTROL: { name: "mytoken", entrypoint: "Control" }, CUT: "cut" },
    unsafeDirectSockets: [{ host: "127.0.0.1", port }],
  },
  {
    ...options,
    name: "mytoken",
    // The wrapper first; then all that a deployment would upload, as it is.
    modules: [...script("faulty-worker.js"), ...builtModules(bundle)],
    bindings: settings,
    ratelimits: wideRateLimits(),
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
if (isNew) await migrate(await miniflare.getD1Database("DIRECTORY", "mytoken"));
process.send?.("ready");
