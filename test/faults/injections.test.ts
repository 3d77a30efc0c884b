/** That the faults of a history take effect: a run in which nothing failed would find nothing either. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { bundle } from "./bundle.ts";
import { History, sleep } from "./history.ts";
import { login } from "./login.ts";
import type { Token } from "./model.ts";
import { Random } from "./random.ts";
import { exchange, exchangeSurely, info } from "./uses.ts";
import { World } from "./world.ts";

const folder = mkdtempSync(join(tmpdir(), "injections-"));
const timeout = 60_000;
const random = new Random(1);
let world: World;
let history: History;
let token: Token;

beforeAll(async () => {
  world = await World.start(folder, await bundle(join(folder, "bundle"), null));
  history = new History(world, 1);
  const held = await login(history, random, false);
  if (held === null) throw new Error("no login");
  token = held;
  // Its clients do not hang up.
  history.isCalm = true;
}, timeout);

afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Asks the directory. */
async function templates(): Promise<number> {
  return (await world.fetch("/api/v0/pt", {})).status;
}

/** Writes into KV. */
async function transferCode(): Promise<number | null> {
  const request = { mytoken: token.text };
  return (await history.send("/api/v0/token/transfer", request, { operation: "transfer", token })).status;
}

it.each([
  ["directory", templates],
  ["codes", transferCode],
] as const)("an outage: %s", { timeout }, async (kind, ask) => {
  expect(await ask()).toBe(200);
  for (const how of ["fail", "hang", "lose"] as const) {
    const outage = await world.beginOutage(kind, how);
    expect(await ask(), how).toBeGreaterThanOrEqual(500);
    await world.endOutage(outage!);
    expect(await ask(), `after ${how}`).toBe(200);
  }
});

it("an outage that follows another takes its place", { timeout }, async () => {
  const first = await world.beginOutage("directory", "hang");
  const second = await world.beginOutage("directory", "fail");
  expect(first!.to).toBeLessThanOrEqual(second!.from);
  await world.endOutage(first!);
  expect(await templates()).toBeGreaterThanOrEqual(500);
  await world.endOutage(second!);
  expect(await templates()).toBe(200);
});

it.each(["mytoken", "grant"] as const)("a reset: %s", { timeout }, async (kind) => {
  await history.script(token.family, [{ delay: 800 }]);
  const cut = exchange(history, random, token);
  await sleep(300);
  await history.reset(kind, token.family, token.momId);
  expect(history.resets.at(-1)).toMatchObject({ kind, momId: token.momId });
  expect((await cut).status).toBeGreaterThanOrEqual(500);
  expect((await exchangeSurely(history, random, token)).status).toBe(200);
});

it("a reset that finds no login is not one", async () => {
  const before = history.resets.length;
  await history.reset("grant", token.family, "no-such-token");
  expect(history.resets).toHaveLength(before);
});

it("a verb that fails is an error", async () => {
  await expect(world.control("no-such-verb")).rejects.toThrow("no-such-verb");
});

/** By how many seconds the server is ahead, as the event says that a question leaves for the next one. */
async function clockAhead(): Promise<number> {
  await info(history, token, "event_history", null);
  const { body } = await info(history, token, "event_history", null);
  const [newest] = body["events"] as { time: number }[];
  return newest!.time - Date.now() / 1000;
}

it("a jump of the clock outlives a kill; an outage does not", { timeout }, async () => {
  expect(await clockAhead()).toBeLessThan(100);
  await world.setClock(1000);
  expect(await clockAhead()).toBeGreaterThan(900);
  const outage = await world.beginOutage("directory", "fail");
  await world.killAndRestart();
  expect(outage!.to).toBeLessThanOrEqual(world.kills[0]!.from);
  expect(await templates()).toBe(200);
  expect(await clockAhead()).toBeGreaterThan(900);
  await world.setClock(0);
});
