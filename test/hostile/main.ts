/**
 * `npm run test:hostile [-- --requests 100000 --seed S --chunk N --faults FILE]`: exit status 1 if anything was found.
 * With `--chunk` that chunk of the run alone is sent, as a fault names it.
 */
import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { run } from "./run.ts";
import { againCommand, shown } from "./tell.ts";
import { startServer } from "./server.ts";
import { rowsOf } from "./stored.ts";

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "100000" },
    seed: { type: "string" },
    chunk: { type: "string" },
    faults: { type: "string" },
  },
});
const seed = Number(values.seed ?? Date.now() % 1_000_000_000);
const requests = Number(values.requests);
const onlyChunk = values.chunk === undefined ? {} : { onlyChunk: Number(values.chunk) };
if (!Number.isInteger(seed) || !(requests > 0) || !Number.isInteger(onlyChunk.onlyChunk ?? 0))
  throw new Error("usage: npm run test:hostile -- [--requests N] [--seed S] [--chunk N]");
const server = await startServer();
const started = Date.now();
try {
  const tell = (progress: string) => process.stderr.write(`\r${progress} `);
  const report = await run(server, { requests, seed, ...onlyChunk, ...(process.stderr.isTTY ? { tell } : {}) });
  console.log(
    `\n${[...report.seen]
      .toSorted(([one], [other]) => one.localeCompare(other))
      .map(([key, count]) => `${String(count).padStart(7)}  ${key}`)
      .join("\n")}`,
  );
  for (const [text, faults] of Map.groupBy(report.faults, ({ text }) => text)) {
    const [{ chunk, request } = { chunk: null, request: null }] = faults;
    console.log(`FAULT, ${faults.length} times: ${text}\n      ${shown(request)}`);
    console.log(`      Again: ${againCommand({ requests, seed }, chunk)}`);
  }
  if (values.faults !== undefined) writeFileSync(values.faults, JSON.stringify(report.faults, null, 1));
  const seconds = Math.round((Date.now() - started) / 1000);
  const [before, after] = report.stored.map((stored) => `${stored.files.length} files, ${rowsOf(stored)} rows`);
  console.log(`Stored before the strangers: ${before}; after them: ${after}`);
  console.log(`${report.sent} requests, seed ${seed}, ${seconds} s: ${report.faults.length} faults`);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
} finally {
  await server.stop();
}
