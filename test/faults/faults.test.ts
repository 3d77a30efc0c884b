/** The short version of `npm run test:faults`: few histories, and proof that the checker can fail. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundle } from "./bundle.ts";
import { type RoundOptions, runRound } from "./round.ts";
import { sleep } from "./history.ts";
import { World } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "faults-"));
const LIMIT_MILLISECONDS = 180_000;
let modules: string;

beforeAll(async () => {
  modules = await bundle(join(folder, "bundle"), null);
}, LIMIT_MILLISECONDS);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function round(name: string, options: Pick<RoundOptions, "modules" | "seed" | "histories">) {
  return runRound({ ...options, folder: join(folder, name), milliseconds: 3500, isPatient: false });
}

it("a client that hangs up cuts the Worker: a write that it makes by itself is lost", { timeout: 60_000 }, async () => {
  const world = await World.start(join(folder, "control"), modules);
  try {
    const write = async (key: string, hangUp: number): Promise<string> => {
      const headers = { "X-Hang-Up-After": String(hangUp) };
      const response = await world.fetch(`/cut-write?key=${key}`, { method: "POST", headers });
      await response.body?.cancel();
      await sleep(600);
      return (await world.fetch(`/cut-write?key=${key}`, {})).text();
    };
    expect(await write("cut", 50)).toBe("");
    expect(await write("whole", 5000)).toBe("written");
  } finally {
    await world.stop();
  }
});

it("no promise is broken, whatever fails", { timeout: LIMIT_MILLISECONDS }, async () => {
  const { findings, figures } = await round("honest", { modules, seed: 2033, histories: 12 });
  expect(findings.filter(({ isListed }) => !isListed)).toEqual([]);
  expect(figures.kills).toBeGreaterThan(0);
  expect(figures.unknown).toBeGreaterThan(0);
  expect(figures.ok).toBeGreaterThan(100);
});

/** A seed fixes no interleaving: one round may miss it, on a busy machine more often. */
const ROUNDS = [2033, 2034, 2035, 2036];

it("the checker finds a use that is counted after the call", { timeout: LIMIT_MILLISECONDS }, async () => {
  const planted = await bundle(join(folder, "planted"), "count-after");
  const found = new Set<string>();
  for (const seed of ROUNDS) {
    const { findings } = await round(`counted-after-${seed}`, { modules: planted, seed, histories: 12 });
    for (const { rule } of findings) found.add(rule);
    if (found.has("at most N")) break;
  }
  expect([...found]).toContain("at most N");
});
