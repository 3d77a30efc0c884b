/**
 * `npm run bench`: what an exchange costs, beside the least that it could cost, on this machine and now (DESIGN §9,
 * docs/PERFORMANCE.md). Only ratios within a run say anything.
 *
 *   --rounds N      interleaved rounds, medians of which are shown (default 7, at least 5)
 *   --quick         seconds instead of an hour: shows that it runs, and no more
 *   --table         only the table; nothing that grows
 *   --storage DIR   where the objects are stored (default: a temporary folder)
 *   --json FILE     where the figures go, and the curves beside them as .svg (default bench.json)
 *   --against URL   another mytoken server on this machine under the same load, with `--tokens FILE`: a mytoken a line
 *   --provider-port P   where the provider listens, so that another server can be configured with it
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../../scripts/local/place.mjs";
import { againstPairs, floorName, otherServer } from "./against.ts";
import { crowd, depths, events, parallel, population, type Sizes } from "./growth.ts";
import { machine, mediumOf } from "./machine.ts";
import { plotOf, type Report, textOf } from "./report.ts";
import { measure, type Pair, type Rounds } from "./rounds.ts";
import { floorCallers, SUBJECTS } from "./subjects.ts";
import { startWorld, type World } from "./world.ts";

const CALLERS = 16;
const FEWEST_ROUNDS = 5;

const WHOLE: Sizes = {
  members: [2, 10, 100, 1000, 10_000],
  families: 10,
  events: [1, 10, 100, 1000],
  depths: [1, 5, 10, 20],
  parallel: [1, 4, 16, 64],
  callers: CALLERS,
};
const QUICK: Sizes = { members: [2, 4], families: 2, events: [1, 3], depths: [1, 2], parallel: [1, 2], callers: 2 };

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    quick: { type: "boolean", default: false },
    table: { type: "boolean", default: false },
    storage: { type: "string" },
    json: { type: "string", default: "bench.json" },
    against: { type: "string" },
    tokens: { type: "string" },
    "provider-port": { type: "string" },
  },
});

await main();

async function main(): Promise<void> {
  const count = values.quick ? 2 : whole("--rounds", values.rounds);
  if (!values.quick && count < FEWEST_ROUNDS) throw new Error(`--rounds ${count}: at least ${FEWEST_ROUNDS}`);
  const other = values.against === undefined ? null : otherServer(values.against, values.tokens);
  const port = values["provider-port"] === undefined ? undefined : whole("--provider-port", values["provider-port"]);
  const folder = mkdtempSync(join(values.storage ?? tmpdir(), "bench-"));
  const world = await startWorld(folder, port);
  try {
    const rounds: Rounds = {
      count,
      bound: { milliseconds: values.quick ? 150 : 2000 },
      warmUp: { milliseconds: values.quick ? 50 : 5000 },
      processorSeconds: world.processorSeconds,
      tell: (progress) => process.stderr.write(`${progress}\n`),
    };
    const rows = await measure([...(await ownPairs(world)), ...(other ? againstPairs(world, other) : [])], rounds);
    const growth = values.table ? [] : await everythingThatGrows(world, rounds);
    const report: Report = {
      date: new Date().toISOString().slice(0, 10),
      commit: execFileSync("git", ["describe", "--always", "--dirty"], { cwd: ROOT, encoding: "utf8" }).trim(),
      machine: machine(),
      medium: mediumOf(folder),
      rounds: count,
      rows,
      growth,
      crowd: values.table ? null : await crowd(world, values.quick ? 20 : 1000),
    };
    console.log(textOf(report));
    writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
    if (growth.length > 0) writeFileSync(`${values.json.replace(/\.json$/, "")}.svg`, plotOf(growth));
  } finally {
    await world.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ownPairs(world: World): Promise<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (const { name, floor, prepare } of SUBJECTS) {
    const callers = await prepare(world, values.quick ? 2 : CALLERS);
    pairs.push({
      name,
      callers,
      floor: floorCallers(world, floor, callers.length),
      floorName: floorName(floor),
    });
  }
  return pairs;
}

async function everythingThatGrows(world: World, rounds: Rounds) {
  const sizes = values.quick ? QUICK : WHOLE;
  const few = values.quick ? rounds : { ...rounds, warmUp: { milliseconds: 500 }, bound: { milliseconds: 1500 } };
  return [
    ...(await events(world, { ...few, warmUp: { calls: 0 } }, sizes)),
    ...(await depths(world, few, sizes)),
    ...(await parallel(world, few, sizes)),
    ...(await population(world, few, sizes)),
  ];
}

function whole(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option} ${text}: not a number`);
  return number;
}
