/**
 * Rejections that nothing handles. workerd tells nobody of them by itself, so a line is put before the Worker's own code
 * that writes them to the log; and a second Worker makes some on purpose, to show that they arrive there.
 */
import type { Miniflare } from "miniflare";
import { type builtModules, workerOptions } from "../fixtures/built-worker.mjs";

type Modules = ReturnType<typeof builtModules>;

const TELL = `addEventListener("unhandledrejection", ({ reason }) => console.error("unhandled rejection: " + reason));\n`;

/** The modules of a Worker whose log tells of such rejections. `verbose` does it for those below `waitUntil`. */
export function telling([entry, ...others]: Modules): Modules {
  return entry === undefined ? [] : [{ ...entry, contents: TELL + entry.contents }, ...others];
}

/** How the control makes them, by path. */
const WAYS = ["at-once", "after-the-answer", "in-waitUntil", "in-an-object"] as const;

const CONTROL = "control";

/** The second Worker: the same modules before it, the same log behind it. */
export function controlWorker() {
  const contents = `
    const fail = async (way, wait) => { if (wait) await scheduler.wait(wait); throw new Error(way); };
    export class Failing { fetch() { void fail("in-an-object"); return new Response(); } }
    export default { fetch(request, { FAILING }, context) {
      const way = new URL(request.url).pathname.slice(1);
      if (way === "in-an-object") return FAILING.getByName("control").fetch(request);
      if (way === "in-waitUntil") context.waitUntil(fail(way));
      else if (way === "after-the-answer") { void fail(way, 20); context.waitUntil(scheduler.wait(40)); }
      else void fail(way);
      return new Response();
    } };`;
  return {
    name: CONTROL,
    compatibilityDate: String(workerOptions().compatibilityDate),
    modules: telling([{ type: "ESModule", path: "index.js", contents }]),
    durableObjects: { FAILING: { className: "Failing", useSQLite: false } },
    unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
  };
}

/** Has the control make one in each way. */
export async function makeRejections(miniflare: Miniflare): Promise<void> {
  const origin = await miniflare.unsafeGetDirectURL(CONTROL);
  for (const way of WAYS) await (await fetch(new URL(way, origin))).text();
}

/** The ways of which a log says nothing. */
export function untold(log: readonly string[]): string[] {
  return WAYS.filter((way) => !log.some((line) => line.includes(way)));
}
