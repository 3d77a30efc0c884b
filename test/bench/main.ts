/**
 * `npm run bench`: what an exchange costs, beside the least that it could cost, on this machine and now (DESIGN §9,
 * docs/PERFORMANCE.md). Only ratios within a run say anything.
 *
 *   --rounds N      interleaved rounds of the table, medians of which are shown (default 15, at least 5)
 *   --quick         seconds instead of an hour: shows that it runs, and no more
 *   --table         only the table; nothing that grows
 *   --only NAME     only the rows of the table with NAME in their name
 *   --storage DIR   where the objects are stored (default: a temporary folder)
 *   --json FILE     where the figures go, and the curves beside them as .svg (default bench.json)
 *   --against URL   another mytoken server on this machine under the same load, with `--tokens FILE`: a mytoken a line,
 *                   none that rotates, each with the capabilities AT, tokeninfo and create_mytoken
 *   --provider-port P   where the provider listens, so that another server can be configured with it
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { ROOT } from "../../scripts/local/place.mjs";
import { againstSubjects, otherServer } from "./against.ts";
import { crowd } from "./crowd.ts";
import { groupsByFloor } from "./floor.ts";
import { depths, events, parallel } from "./growth.ts";
import { machine, mediumOf } from "./machine.ts";
import { population } from "./population.ts";
import { plotOf, type Report, textOf } from "./report.ts";
import { measure, type Rounds } from "./rounds.ts";
import { QUICK, type Sizes, WHOLE } from "./sizes.ts";
import { type Subject, SUBJECTS } from "./subjects.ts";
import { bundled, inWorld, type World } from "./world.ts";

const FEWEST_ROUNDS = 5;
/** 24 measurements make a round of the table: fifteen rounds with their lead-ins take eight minutes. */
const TABLE = { bound: { milliseconds: 1000, leadInMilliseconds: 300 }, warmUp: { milliseconds: 5000 } };
/** The server has been busy with the same for minutes, and there are 37 points: they take a quarter of an hour. */
const GROWTH = { count: 7, bound: TABLE.bound, warmUp: { milliseconds: 500 } };
const HURRY = { count: 2, bound: { milliseconds: 100, leadInMilliseconds: 20 }, warmUp: { milliseconds: 50 } };

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "15" },
    quick: { type: "boolean", default: false },
    table: { type: "boolean", default: false },
    only: { type: "string" },
    storage: { type: "string" },
    json: { type: "string", default: "bench.json" },
    against: { type: "string" },
    tokens: { type: "string" },
    "provider-port": { type: "string" },
  },
});

await main();

async function main(): Promise<void> {
  const count = values.quick ? HURRY.count : whole("--rounds", values.rounds);
  if (!values.quick && count < FEWEST_ROUNDS) throw new Error(`--rounds ${count}: at least ${FEWEST_ROUNDS}`);
  const isWanted = ({ name }: { readonly name: string }) => name.includes(values.only ?? "");
  const others =
    values.against === undefined ? [] : againstSubjects(otherServer(values.against, values.tokens)).filter(isWanted);
  const subjects = SUBJECTS.filter(isWanted);
  if (subjects.length + others.length === 0) throw new Error(`--only ${values.only}: no row is called so`);
  const givenPort = values["provider-port"];
  const providerPort = givenPort === undefined ? undefined : whole("--provider-port", givenPort);
  const sizes = values.quick ? QUICK : WHOLE;
  const isTable = values.table || values.only !== undefined;
  const tell = (progress: string): void => {
    process.stderr.write(`${progress}\n`);
  };
  const rounds: Rounds = { ...(values.quick ? HURRY : TABLE), count, tell };
  const ofGrowth: Rounds = { ...(values.quick ? HURRY : GROWTH), tell };
  const folder = mkdtempSync(join(values.storage ?? tmpdir(), "bench-"));
  try {
    const bundle = await bundled(folder);
    const place = (name: string) => ({ bundle, storage: join(folder, name), providerPort });
    const first = await inWorld(place("first"), async (world) => {
      const groups = groupsByFloor(world, [...(await prepared(subjects, world, sizes)), ...others]);
      const rows = await measure(groups, rounds, world.processorSeconds);
      return isTable ? { rows, growth: [], crowd: null } : { rows, ...(await whatGrows(world, ofGrowth, sizes)) };
    });
    const second = isTable ? [] : await inWorld(place("second"), (world) => population(world, ofGrowth, sizes));
    const growth = [...first.growth, ...second];
    const report: Report = {
      date: new Date().toISOString().slice(0, 10),
      commit: execFileSync("git", ["describe", "--always", "--dirty"], { cwd: ROOT, encoding: "utf8" }).trim(),
      machine: machine(),
      medium: mediumOf(folder),
      rounds: count,
      roundsOfGrowth: ofGrowth.count,
      rows: first.rows,
      growth,
      crowd: first.crowd,
    };
    console.log(textOf(report));
    writeFileSync(values.json, `${JSON.stringify(report, null, 2)}\n`);
    if (growth.length > 0) writeFileSync(`${values.json.replace(/\.json$/, "")}.svg`, plotOf(growth));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function prepared(subjects: readonly Subject[], world: World, sizes: Sizes) {
  const measured = [];
  for (const { name, floor, prepare } of subjects) {
    measured.push({ name, floor, callers: await prepare(world, sizes.callers) });
  }
  return measured;
}

async function whatGrows(world: World, rounds: Rounds, sizes: Sizes) {
  const growth = [
    ...(await events(world, rounds, sizes)),
    ...(await depths(world, rounds, sizes)),
    ...(await parallel(world, rounds, sizes)),
  ];
  return { growth, crowd: await crowd(world, sizes.crowd) };
}

function whole(option: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`${option} ${text}: not a number`);
  return number;
}
