/**
 * `npm run test:faults`: random histories against the built Worker, each checked against the invariants (docs/FAULTS.md).
 *
 *   --histories N      how many, at least (default 120)
 *   --seed S           the round with this seed, again; with `--histories` that and the following ones
 *   --milliseconds M   for which each history acts (default 5000)
 *   --patient          waits over a minute more each round, for logins that crashed in the middle
 *   --plant NAME       a known fault in the Worker: the checker must find it
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "./bundle.ts";
import { optionsIn } from "./options.ts";
import type { Figures, RoundResult } from "./round.ts";
import { type Begun, isBroken, roundsOf } from "./rounds.ts";

/** Figures whose name is no text by itself. */
const NAMES: Readonly<Record<string, string>> = { endedRoots: "roots ended", comparedHistories: "histories compared" };

process.exitCode = await main();

async function main(): Promise<number> {
  const options = optionsIn(process.argv.slice(2));
  const folder = mkdtempSync(join(tmpdir(), "faults-"));
  const modules = await bundle(join(folder, "bundle"), options.plant);
  const results: RoundResult[] = [];
  const again: string[] = [];
  for (const round of roundsOf(options, { folder, modules })) {
    // First, so that whatever ends this program, the command for the round has been told.
    console.log(`round ${round.seed} begins: ${round.command}`);
    const result = await tried(round);
    if (result !== null) results.push(result);
    if (result === null || isBroken(result)) again.push(round.command);
  }
  return report(results, again, folder);
}

/** Runs it and tells of it; `null` if it ended in an exception. */
async function tried(round: Begun): Promise<RoundResult | null> {
  const started = Date.now();
  try {
    const result = await round.run();
    console.log(`round ${round.seed}: ${text(result.figures)}, ${Math.round((Date.now() - started) / 1000)} s`);
    for (const { rule, history, what, isListed } of result.findings) {
      console.log(`  ${isListed ? "listed" : "VIOLATED"} ${rule} (history ${history}): ${what}`);
    }
    return result;
  } catch (error) {
    console.error(error);
    return null;
  }
}

function report(results: readonly RoundResult[], again: readonly string[], folder: string): number {
  const total = results.reduce((sum, { figures }) => added(sum, figures), {} as Figures);
  console.log(`in all: ${text(total)}`);
  if (again.length === 0) {
    rmSync(folder, { recursive: true });
    console.log("No promise was broken.");
    return 0;
  }
  console.log(`Promises were broken, or rounds not finished. Again:\n${again.join("\n")}`);
  console.log(`Disks and logs: ${folder}`);
  return 1;
}

function text(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, count]) => `${count} ${NAMES[name] ?? name}`)
    .join(", ");
}

function added(sum: Figures, figures: Figures): Figures {
  const entries = Object.entries(figures).map(([name, count]) => [name, (sum[name as keyof Figures] ?? 0) + count]);
  return Object.fromEntries(entries) as Figures;
}
