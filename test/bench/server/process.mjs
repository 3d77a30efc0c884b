/** Our server and the floor in one workerd, with storage on one disk, each on a socket of its own. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";
import { builtModules, migrate, wideRateLimits, workerOptions } from "../../fixtures/built-worker.mjs";

/** @type {{ port: number, floorPort: number, bundle: string, storage: string, settings: Record<string, string>, floor: Record<string, string> }} */
const { port, floorPort, bundle, storage, settings, floor } = JSON.parse(process.argv[2] ?? "{}");

const options = workerOptions();
const floorScript = readFileSync(join(import.meta.dirname, "floor-worker.js"), "utf8");
const workers = [
  {
    ...options,
    name: "mytoken",
    modules: builtModules(bundle),
    bindings: settings,
    ratelimits: wideRateLimits(),
    unsafeDirectSockets: [{ host: "127.0.0.1", port }],
  },
  {
    name: "floor",
    compatibilityDate: options.compatibilityDate,
    modules: [{ type: "ESModule", path: "floor-worker.js", contents: floorScript }],
    durableObjects: {
      FIRST: { className: "First", useSQLite: true },
      SECOND: { className: "Second", useSQLite: true },
    },
    bindings: floor,
    unsafeDirectSockets: [{ host: "127.0.0.1", port: floorPort }],
  },
];
const miniflare = new Miniflare({
  ...convertV4MiniflareOptions({ host: "127.0.0.1", port: 0, workers }),
  logRequests: false,
  resourcePersistencePath: storage,
  telemetry: { enabled: false },
  // Our line per request is written and read as in production; nobody keeps it.
  handleStructuredLogs: () => {},
});
// Whoever started this is gone, so is the server.
process.on("disconnect", () => process.exit(1));
await miniflare.ready;
await migrate(await miniflare.getD1Database("DIRECTORY", "mytoken"));
process.send?.("ready");
