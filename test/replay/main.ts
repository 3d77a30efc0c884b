/** `npm run test:golden [-- DIR [--only TEXT]]`: replays the recordings of a folder. */
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { inTree } from "../../scripts/local/place.mjs";
import { readTopics } from "./recording.ts";
import { replay } from "./replay.ts";
import { counts, faultLine, isFault } from "./report.ts";
import { startWorld } from "./world.ts";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { only: { type: "string", default: "" } },
});
const [given] = positionals;
const folder = given === undefined ? inTree("test/golden") : resolve(process.env["INIT_CWD"] ?? ".", given);
const chosen = readTopics(folder).map(({ topic, chains }) => ({
  topic,
  chains: chains.filter(({ name }) => `${topic} ${name}`.includes(values.only)),
}));
if (chosen.every(({ chains }) => chains.length === 0)) throw new Error(`no recordings in ${folder}`);
const world = await startWorld();
try {
  const results = await replay(chosen, world);
  const faults = results.filter(isFault);
  for (const fault of faults) console.log(faultLine(fault));
  console.log(counts(results));
  process.exitCode = faults.length === 0 ? 0 : 1;
} finally {
  await world.stop();
}
