/** That `npm run bench` runs and counts what it says it counts. How fast anything is, no test says. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/local/place.mjs";
import { againstPairs, otherServer } from "./against.ts";
import { load, median, quantile } from "./load.ts";
import { mediumOf } from "./machine.ts";
import type { Report } from "./report.ts";
import { measure } from "./rounds.ts";
import { SUBJECTS } from "./subjects.ts";
import { startWorld } from "./world.ts";

const LIMIT_MILLISECONDS = 180_000;
const folder = mkdtempSync(join(tmpdir(), "bench-test-"));

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("the whole program, quickly", () => {
  it("measures every subject and every curve, and nothing fails", { timeout: LIMIT_MILLISECONDS }, async () => {
    const json = join(folder, "figures.json");
    const args = ["--experimental-strip-types", "test/bench/main.ts", "--quick", "--storage", folder, "--json", json];
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: ROOT });
    const { rows, growth, crowd, medium } = JSON.parse(readFileSync(json, "utf8")) as Report;
    expect(rows.map(({ name }) => name)).toEqual(SUBJECTS.map(({ name }) => name));
    for (const { requests, ratio, p50, p99, p50Ratio, perSecond, floorPerSecond } of [...rows, ...growth]) {
      expect(requests).toBeGreaterThan(0);
      for (const figure of [ratio, p50, p99, p50Ratio, perSecond, floorPerSecond]) expect(figure).toBeGreaterThan(0);
    }
    expect(new Set(growth.map(({ curve }) => curve)).size).toBe(8);
    expect(crowd).toMatchObject({ callers: 20, answered: 20 });
    // They are answered together: far fewer refreshes than callers.
    expect(crowd?.refreshes).toBeLessThan(10);
    expect(stdout).toContain(medium);
    for (const { name } of rows) expect(stdout).toContain(`| ${name} |`);
    expect(readFileSync(join(folder, "figures.svg"), "utf8")).toMatch(/^<svg/);
  });

  it("measures another server that runs here", { timeout: LIMIT_MILLISECONDS }, async () => {
    const world = await startWorld(join(folder, "other"));
    try {
      const tokens = join(folder, "tokens");
      writeFileSync(tokens, `${await world.login("plain")}\n${await world.login("plain")}\n`);
      const pairs = againstPairs(world, otherServer(world.server.origin, tokens));
      const rounds = { count: 1, bound: { calls: 3 }, warmUp: { calls: 1 }, processorSeconds: () => 1 };
      const rows = await measure(pairs, { ...rounds, tell: () => {} });
      expect(rows.map(({ callers, requests, cpuRatio }) => [callers, requests, cpuRatio])).toEqual([
        [2, 6, null],
        [2, 6, null],
        [2, 6, null],
      ]);
    } finally {
      await world.stop();
    }
  });
});

describe("another server", () => {
  it.each(["https://mytoken.example.org", "http://192.168.0.1:8000", "http://localhost.example.org"])(
    "is not measured elsewhere: %s",
    (address) => {
      expect(() => otherServer(address, "tokens")).toThrow("only servers on this machine");
    },
  );

  it("needs tokens", () => {
    expect(() => otherServer("http://localhost:8000", undefined)).toThrow("--tokens");
    const empty = join(folder, "empty");
    writeFileSync(empty, "\n");
    expect(() => otherServer("http://localhost:8000", empty)).toThrow("there is none");
  });
});

describe("the load", () => {
  it("is as many calls as were asked for, side by side", async () => {
    let [running, most] = [0, 0];
    const caller = async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 1));
      running -= 1;
    };
    const { requests, p50, p99, perSecond, cpuSeconds } = await load([caller, caller, caller], { calls: 4 });
    expect([requests, most, cpuSeconds]).toEqual([12, 3, null]);
    expect(p99).toBeGreaterThanOrEqual(p50);
    expect(perSecond).toBeGreaterThan(0);
  });

  it("ends by time", async () => {
    const { requests } = await load([() => new Promise((resolve) => setTimeout(resolve, 5))], { milliseconds: 40 });
    expect(requests).toBeGreaterThan(0);
    expect(requests).toBeLessThanOrEqual(8);
  });

  it("counts no failure as an answer", async () => {
    await expect(load([() => Promise.reject(new Error("status 503"))], { calls: 1 })).rejects.toThrow("503");
  });

  it("tells the processor time of a thousand requests", async () => {
    const clock = [10, 10.5].values();
    const { cpuSeconds } = await load([() => Promise.resolve()], { calls: 100 }, () => clock.next().value ?? null);
    expect(cpuSeconds).toBeCloseTo(5);
  });
});

it("medians and quantiles", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
  const hundred = Array.from({ length: 100 }, (_, index) => index);
  expect([quantile(hundred, 0.5), quantile(hundred, 0.99), quantile(hundred, 1)]).toEqual([50, 99, 99]);
});

it.runIf(process.platform === "linux")("names the medium of a folder", () => {
  expect(mediumOf(folder)).toMatch(/^\w+ on \S+/);
});
