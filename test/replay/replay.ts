/** Replays recordings against a world: what came out of each step. */
import { nameIn, placeholdersIn, Unbound } from "./bindings.ts";
import { compareToken } from "./claims.ts";
import { gapOf } from "./coverage.ts";
import { answerOf, isAsListed, listedFor } from "./listed.ts";
import { type Chain, type Step, titleOf, type Topic } from "./recording.ts";
import { Run } from "./run.ts";
import { isCompared, runStep, type StepOutcome } from "./step.ts";
import type { World } from "./world.ts";

/**
 * `equal`: as recorded, or as the rules change it. `listed`: differs on purpose. `differs`: differs otherwise. `stale`:
 * listed, but equal. `lost`: could not run. `gap`: not replayed, or it needs what such a step would have given.
 */
export type Outcome = "equal" | "listed" | "differs" | "stale" | "lost" | "gap";

export interface StepResult {
  readonly topic: string;
  readonly chain: string;
  readonly step: number;
  readonly title: string;
  readonly outcome: Outcome;
  readonly differences: readonly string[];
  readonly rules: readonly string[];
  /** What we answered, where a request was sent. */
  readonly answer: { readonly status: number; readonly error?: unknown } | null;
}

const PARALLEL_CHAINS = 4;

/** All chains: first one by one those that script or watch the provider or have only two seconds (`alt`), then the others side by side. */
export async function replay(topics: readonly Topic[], world: World): Promise<StepResult[]> {
  const chains = topics.flatMap(({ topic, chains }) => chains.map((chain) => ({ topic, chain })));
  const results = new Map<Chain, StepResult[]>();
  const one = async ({ topic, chain }: { topic: string; chain: Chain }) => {
    results.set(chain, await replayChain(topic, chain, world));
  };
  const alone = chains.filter(({ chain }) => chain.instance === "alt" || scriptsProvider(chain));
  for (const entry of alone) {
    world.provider.reset();
    await one(entry);
  }
  const others = chains.filter((entry) => !alone.includes(entry));
  const worker = async () => {
    for (let next = others.shift(); next; next = others.shift()) await one(next);
  };
  await Promise.all(Array.from({ length: PARALLEL_CHAINS }, worker));
  return chains.flatMap(({ chain }) => results.get(chain) ?? []);
}

function scriptsProvider({ steps }: Chain): boolean {
  return steps.some(({ kind }) => kind.startsWith("op_"));
}

async function replayChain(topic: string, chain: Chain, world: World): Promise<StepResult[]> {
  const run = new Run(world, chain);
  const notGiven = new Set<string>();
  const results: StepResult[] = [];
  for (const [index, step] of chain.steps.entries()) {
    const gap = gapOf(step, index, chain, topic);
    const result = await replayStep(step, gap, run, notGiven);
    if (!isCompared(step) && result.outcome === "equal") continue;
    const listed = listedFor(topic, chain.name, index);
    const outcome = judged(result, listed === undefined ? null : isAsListed(listed, result.actual));
    const { differences, rules = [] } = result;
    const answer = result.actual ? answerOf(result.actual) : null;
    results.push({ topic, chain: chain.name, step: index, title: titleOf(step), outcome, differences, rules, answer });
  }
  return [...results, ...replayTokens(topic, chain, run)];
}

/** One result for all mytokens of a chain, as if it were a last step. */
function replayTokens(topic: string, chain: Chain, run: Run): StepResult[] {
  const seen = Object.entries(chain.tokens ?? {}).filter(([placeholder]) => run.bindings.has(nameIn(placeholder)));
  if (seen.length === 0) return [];
  const differences = seen.flatMap(([placeholder, recorded]) =>
    compareToken(run.bindings.get(placeholder), recorded, run.bindings).map((text) => `${placeholder} ${text}`),
  );
  const step = chain.steps.length;
  const listed = listedFor(topic, chain.name, step) !== undefined;
  const outcome = judged({ outcome: differences.length === 0 ? "equal" : "differs" }, listed || null);
  const title = "header and claims of the mytokens";
  return [{ topic, chain: chain.name, step, title, outcome, differences, rules: [], answer: null }];
}

function judged({ outcome }: { outcome: Outcome }, asListed: boolean | null): Outcome {
  if (asListed === null || outcome === "gap") return outcome;
  if (outcome === "equal") return "stale";
  return asListed ? "listed" : "differs";
}

async function replayStep(
  step: Step,
  gap: string | null,
  run: Run,
  notGiven: Set<string>,
): Promise<StepOutcome & { outcome: Outcome }> {
  const missing = (reason: string) => {
    for (const name of placeholdersIn(step)) notGiven.add(name);
    return { outcome: "gap" as const, differences: [reason] };
  };
  if (gap !== null) return missing(gap);
  try {
    const outcome = await runStep(step, run);
    return { ...outcome, outcome: outcome.differences.length === 0 ? "equal" : "differs" };
  } catch (error) {
    if (!(error instanceof Unbound)) return { outcome: "differs", differences: [String(error)] };
    return notGiven.has(error.placeholder) ? missing(error.message) : { outcome: "lost", differences: [error.message] };
  }
}
