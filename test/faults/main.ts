/**
 * `npm run test:faults`: random histories against the built Worker, each checked against the invariants (docs/FAULTS.md).
 *
 *   --histories N   how many, at least (default 120)
 *   --seed S        the round with this seed, again; with `--histories` that and the following ones
 *   --patient       waits over a minute more each round, for logins that crashed in the middle
 *   --plant NAME    a known fault in the Worker: the checker must find it
 */
import { randomInt } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { bundle } from "./bundle.ts";
import { type Plant, PLANTS } from "./plants.ts";
import { type Figures, type RoundResult, runRound } from "./round.ts";

const AT_ONCE = 25;

const { values } = parseArgs({
  options: {
    histories: { type: "string" },
    seed: { type: "string" },
    plant: { type: "string" },
    patient: { type: "boolean", default: false },
  },
});

process.exitCode = await main();

async function main(): Promise<number> {
  const first = values.seed === undefined ? randomInt(1, 2 ** 31) : Number(values.seed);
  const wanted = Number(values.histories ?? (values.seed === undefined ? 120 : AT_ONCE));
  const plant = plantOf(values.plant);
  if (!Number.isInteger(first) || !Number.isInteger(wanted) || wanted < 1) throw new Error("not a number");
  const folder = mkdtempSync(join(tmpdir(), "faults-"));
  const modules = await bundle(join(folder, "bundle"), plant);
  const results: RoundResult[] = [];
  for (let done = 0; done < wanted; done += AT_ONCE) {
    const seed = first + done / AT_ONCE;
    const started = Date.now();
    const result = await runRound({
      seed,
      histories: Math.min(AT_ONCE, wanted - done),
      folder: join(folder, String(seed)),
      modules,
      isPatient: values.patient,
    });
    results.push(result);
    console.log(`round ${seed}: ${text(result.figures)}, ${Math.round((Date.now() - started) / 1000)} s`);
    for (const { rule, history, what, isListed } of result.findings) {
      console.log(`  ${isListed ? "listed" : "VIOLATED"} ${rule} (history ${history}): ${what}`);
    }
    if (!broken(result)) rmSync(join(folder, String(seed)), { recursive: true });
  }
  return report(results, folder);
}

function report(results: readonly RoundResult[], folder: string): number {
  const bad = results.filter(broken);
  const total = results.reduce((sum, { figures }) => added(sum, figures), {} as Figures);
  console.log(`in all: ${text(total)}`);
  if (bad.length === 0) {
    rmSync(folder, { recursive: true });
    console.log("No promise was broken.");
    return 0;
  }
  console.log(`Promises were broken. Again: npm run test:faults -- --seed ${bad[0]!.seed}`);
  console.log(`Disks and logs: ${folder}`);
  return 1;
}

function broken({ findings }: RoundResult): boolean {
  return findings.some(({ isListed }) => !isListed);
}

function text(figures: Figures): string {
  return Object.entries(figures)
    .map(([name, count]) => `${count} ${name}`)
    .join(", ");
}

function added(sum: Figures, figures: Figures): Figures {
  const entries = Object.entries(figures).map(([name, count]) => [name, (sum[name as keyof Figures] ?? 0) + count]);
  return Object.fromEntries(entries) as Figures;
}

function plantOf(name: string | undefined): Plant | null {
  if (name === undefined) return null;
  if (!Object.hasOwn(PLANTS, name)) throw new Error(`no such plant; there are ${Object.keys(PLANTS).join(", ")}`);
  return name as Plant;
}
