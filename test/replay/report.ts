/** What came out, for people and for scripts. */
import type { Outcome, StepResult } from "./replay.ts";

const OUTCOMES: readonly Outcome[] = ["equal", "listed", "differs", "stale", "lost", "gap"];

/** Outcomes that must not be. */
export function isFault({ outcome }: StepResult): boolean {
  return outcome === "differs" || outcome === "stale" || outcome === "lost";
}

/** One line per step that is not as it should be. */
export function faultLine({ topic, chain, step, title, outcome, differences }: StepResult): string {
  const kind = { stale: "STALE, listed but does not differ", lost: "LOST, " }[outcome as string] ?? "";
  return `DIFF ${topic} [${chain}] #${step} ${title}: ${kind}${differences.join("; ")}`.replaceAll(/\s*\n\s*/g, " ");
}

export function counts(results: readonly StepResult[]): string {
  return OUTCOMES.map((outcome) => `${results.filter((r) => r.outcome === outcome).length} ${outcome}`).join(", ");
}
