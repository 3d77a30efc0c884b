/** That `npm run bench` runs and counts what it says it counts. How fast anything is, no test says. */
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe, expect, it } from "vitest";
import { ROOT } from "../../scripts/local/place.mjs";
import { againstSubjects, otherServer } from "./against.ts";
import { floorName, groupsByFloor } from "./floor.ts";
import { inTurn, load, median, quantile } from "./load.ts";
import { mediumOf } from "./machine.ts";
import type { Report } from "./report.ts";
import { measure } from "./rounds.ts";
import { meanOf, rowOf } from "./rows.ts";
import { SUBJECTS } from "./subjects.ts";
import { bundled, inWorld } from "./world.ts";

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
    const floors = new Set(SUBJECTS.map(({ floor }) => `floor: ${floorName(floor)}`));
    expect(rows.map(({ name }) => name).toSorted()).toEqual(
      [...SUBJECTS.map(({ name }) => name), ...floors].toSorted(),
    );
    for (const { name, ratio } of rows) if (floors.has(name)) expect(ratio).toBe(1);
    for (const { requests, ratio, p50, p99, p50Ratio, perSecond, floorPerSecond } of [...rows, ...growth]) {
      expect(requests).toBeGreaterThan(0);
      for (const figure of [ratio, p50, p99, p50Ratio, perSecond, floorPerSecond]) expect(figure).toBeGreaterThan(0);
    }
    expect(new Set(growth.map(({ curve }) => curve)).size).toBe(8);
    const begins = (curve: string) => growth.find((one) => one.curve === curve);
    // What the labels say is what there was: nothing else is stored, and two rounds write two events into each token.
    expect(begins("exchange, mytokens stored")).toMatchObject({ at: 2, until: 2 });
    expect(begins("exchange, events of the token")).toMatchObject({ at: 1, until: 3 });
    expect(begins("exchange, family members")).toMatchObject({ at: 1, until: 1 });
    expect(begins("subtoken creation, family members")).toMatchObject({ at: 2, until: 4 });
    expect(crowd).toMatchObject({ callers: 20, answered: 20 });
    // They are answered together: far fewer refreshes than callers.
    expect(crowd?.refreshes).toBeLessThan(10);
    expect(stdout).toContain(medium);
    for (const { name } of rows) expect(stdout).toContain(`| ${name} |`);
    expect(readFileSync(join(folder, "figures.svg"), "utf8")).toMatch(/^<svg/);
  });

  it("measures one row alone, and nothing that grows", { timeout: LIMIT_MILLISECONDS }, async () => {
    const json = join(folder, "one.json");
    const program = [
      "--experimental-strip-types",
      "test/bench/main.ts",
      "--quick",
      "--storage",
      folder,
      "--json",
      json,
    ];
    await promisify(execFile)(process.execPath, [...program, "--only", "metadata"], { cwd: ROOT });
    const { rows, growth, crowd } = JSON.parse(readFileSync(json, "utf8")) as Report;
    expect(rows.map(({ name }) => name)).toEqual(["floor: no object", "metadata"]);
    expect({ growth, crowd }).toEqual({ growth: [], crowd: null });
    const unknown = promisify(execFile)(process.execPath, [...program, "--only", "nothing"], { cwd: ROOT });
    await expect(unknown).rejects.toThrow("--only nothing: no row is called so");
  });

  it("measures another server that runs here", { timeout: LIMIT_MILLISECONDS }, async () => {
    const place = { bundle: await bundled(folder), storage: join(folder, "other") };
    await inWorld(place, async (world) => {
      const tokens = join(folder, "tokens");
      writeFileSync(tokens, (await world.logins(2)).join("\n"));
      const groups = groupsByFloor(world, againstSubjects(otherServer(world.server.origin, tokens)));
      const rounds = { count: 1, bound: { calls: 3 }, warmUp: { calls: 1 }, tell: () => {} };
      const rows = await measure(groups, rounds, () => 1);
      const others = rows.filter(({ name }) => name.includes(world.server.origin));
      expect(others.map(({ name }) => name.split(",")[0])).toEqual([
        "exchange",
        "subtoken creation",
        "introspection",
        "metadata",
      ]);
      for (const { callers, requests, cpuRatio } of others) expect([callers, requests, cpuRatio]).toEqual([2, 6, null]);
    });
  });
});

describe("rounds", () => {
  const calls = (order: string[], name: string) => ({
    name,
    callers: [
      () => {
        order.push(name);
        return Promise.resolve();
      },
    ],
  });

  it("measure the floor before and after each subject, and every other one runs backwards", async () => {
    const order: string[] = [];
    const group = (floor: string, ...names: string[]) => ({
      floor: calls(order, floor),
      measured: names.map((name) => calls(order, name)),
    });
    const rounds = { count: 2, bound: { calls: 1 }, warmUp: { calls: 0 }, tell: () => {} };
    const rows = await measure([group("F", "a", "b"), group("G", "c")], rounds, () => null);
    expect(order.join("")).toBe("FaFbFGcGGcGFbFaF");
    expect(rows.map(({ name, floorName, requests }) => [name, floorName, requests])).toEqual([
      ["floor: F", null, 6],
      ["a", "F", 2],
      ["b", "F", 2],
      ["floor: G", null, 4],
      ["c", "G", 2],
    ]);
  });

  it("compare with the mean of the floors around", () => {
    const seen = (perSecond: number) => ({ requests: 1, perSecond, p50: 1, p99: 1, cpuSeconds: null });
    const floor = meanOf([seen(100), seen(300)]);
    const row = rowOf({ name: "a", callers: [] }, "F", [{ own: seen(150), floor }]);
    expect([row.ratio, row.floorPerSecond, row.cpuRatio]).toEqual([0.75, 200, null]);
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

  it("goes round, each caller with a share of its own", async () => {
    const seen: number[] = [];
    const actions = [0, 1, 2, 3, 4].map((index) => () => {
      seen.push(index);
      return Promise.resolve();
    });
    const [first, second] = inTurn(actions, 2);
    for (const caller of [first!, first!, first!, first!, second!, second!, second!]) await caller();
    expect(seen).toEqual([0, 2, 4, 0, 1, 3, 1]);
  });

  it("is not measured before its lead-in is over, nor after its time", async () => {
    const clock = [0, 10, 20].values();
    let calls = 0;
    const caller = () =>
      new Promise<void>((resolve) => {
        calls += 1;
        setTimeout(resolve, 5);
      });
    const bound = { milliseconds: 50, leadInMilliseconds: 50 };
    const { requests, cpuSeconds } = await load([caller, caller], bound, () => clock.next().value ?? null);
    expect(requests).toBeLessThan(calls);
    expect(cpuSeconds).toBeCloseTo((10 / requests) * 1000);
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
