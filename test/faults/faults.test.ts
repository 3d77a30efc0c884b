/**
 * The short version of `npm run test:faults`: few histories, and proof that the checker can fail. It ends within two
 * minutes: no round begins that might not be over by then, and what was not done until then fails.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundle } from "./bundle.ts";
import { deadlineIn } from "./deadline.ts";
import type { Plant } from "./plants.ts";
import type { RoundResult } from "./round.ts";
import { roundsOf } from "./rounds.ts";
import { sleep } from "./history.ts";
import { World } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "faults-"));
const whole = deadlineIn(110_000);
/** The rounds without a planted fault leave time for those with one. */
const honest = deadlineIn(50_000);
/** What a round takes on a slow machine, mostly waiting for what ends by alarm. */
const ROUND_MILLISECONDS = 30_000;
const timeout = 120_000;
const HISTORIES = 12;
let modules: string;

beforeAll(async () => {
  modules = await whole.within(bundle(join(folder, "bundle"), null));
}, timeout);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A round, and the command that makes it again. */
async function round(seed: number, plant: Plant | null, built: string) {
  const options = { seed, histories: HISTORIES, milliseconds: 3500, isPatient: false, plant };
  const [only] = roundsOf(options, { folder: join(folder, plant ?? "honest"), modules: built });
  const result: RoundResult = await whole.within(only!.run(), only!.command);
  return { ...result, command: only!.command };
}

it("a client that hangs up cuts the Worker: a write that it makes by itself is lost", { timeout }, async () => {
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

it("no promise is broken, whatever fails", { timeout }, async () => {
  for (const seed of [2033, 2037]) {
    if (seed !== 2033 && !honest.leaves(ROUND_MILLISECONDS)) break;
    const { findings, figures, command } = await round(seed, null, modules);
    expect(
      findings.filter(({ isListed }) => !isListed),
      command,
    ).toEqual([]);
    expect(figures.kills, command).toBeGreaterThan(0);
    expect(figures.unknown, command).toBeGreaterThan(0);
    expect(figures.ok, command).toBeGreaterThan(100);
    // Each history holds a login at least, and few of them are lost or ended.
    expect(figures.comparedHistories, command).toBeGreaterThan(HISTORIES / 2);
  }
});

/** A seed fixes no interleaving: one round may miss it, on a busy machine more often. */
const PLANTED_SEEDS = [2033, 2034, 2035, 2036];

it("the checker finds a use that is counted after the call", { timeout }, async () => {
  const planted = await whole.within(bundle(join(folder, "planted"), "count-after"));
  const found = new Set<string>();
  for (const seed of PLANTED_SEEDS) {
    if (seed !== PLANTED_SEEDS[0] && !whole.leaves(ROUND_MILLISECONDS)) break;
    const { findings } = await round(seed, "count-after", planted);
    for (const { rule } of findings) found.add(rule);
    if (found.has("at most N")) break;
  }
  expect([...found]).toContain("at most N");
});
