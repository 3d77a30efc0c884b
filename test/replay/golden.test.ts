/** The recordings of the reference server, replayed against the bundled Worker: test/golden/README.md. */
import { readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inTree } from "../../scripts/local/place.mjs";
import { LISTED } from "./listed.ts";
import { readTopics } from "./recording.ts";
import { replay, type StepResult } from "./replay.ts";
import { faultLine, isFault } from "./report.ts";
import { RULES } from "./rules.ts";
import { startWorld, type World } from "./world.ts";

const STARTING_MILLISECONDS = 60_000;
const REPLAYING_MILLISECONDS = 240_000;

/** What only recordings show that are not in this tree: CONTRADICTIONS.md N6. */
const ONLY_ELSEWHERE = ["exact-bytes"];

const topics = readTopics(inTree("test/golden"));
const divergences = readFileSync(inTree("docs/DIVERGENCES.md"), "utf8");
let world: World;
let results: readonly StepResult[];

beforeAll(async () => {
  world = await startWorld();
}, STARTING_MILLISECONDS);

beforeAll(async () => {
  results = await replay(topics, world);
}, REPLAYING_MILLISECONDS);

afterAll(() => world.stop());

describe.each(topics.map(({ topic }) => topic))("%s", (topic) => {
  it.each(topics.find((entry) => entry.topic === topic)!.chains.map(({ name }) => name))("%s", (chain) => {
    const faults = results.filter((result) => result.topic === topic && result.chain === chain && isFault(result));
    expect(faults.map(faultLine)).toEqual([]);
  });
});

it("replays most of what was recorded", () => {
  const compared = results.filter(({ outcome }) => outcome === "equal");
  expect(compared.length).toBeGreaterThan(900);
});

it("never fails inside", () => {
  expect(world.log.filter((line) => line.includes('"kind":"exception"'))).toEqual([]);
});

it("lists only steps that exist", () => {
  const known = (entry: (typeof LISTED)[number]) =>
    results.some(({ topic, chain, step }) => topic === entry.topic && chain === entry.chain && step === entry.step);
  expect(LISTED.filter((entry) => !known(entry))).toEqual([]);
});

it.each([...new Set([...RULES, ...LISTED].map(({ id }) => id))])("%s is explained in docs/DIVERGENCES.md", (id) => {
  expect(divergences).toContain(`| \`${id}\` |`);
});

it("uses every rule", () => {
  const used = new Set(results.flatMap(({ rules }) => rules));
  expect(RULES.map(({ id }) => id).filter((id) => !used.has(id))).toEqual(ONLY_ELSEWHERE);
});
