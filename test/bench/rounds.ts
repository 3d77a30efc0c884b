/** Interleaved rounds: each subject right after its floor, again and again, so that a machine that drifts drifts for both. */
import { type Bound, type Caller, type Load, load, median } from "./load.ts";

/** Something to measure beside what it is compared with. */
export interface Pair {
  readonly name: string;
  readonly callers: readonly Caller[];
  readonly floor: readonly Caller[];
  readonly floorName: string;
  /** Answered by another process than the floor: its processor time is not told. */
  readonly isElsewhere?: true;
}

/** Medians over the rounds. `ratio` is the median of each round's own ratio; above 1 is faster than the floor. */
export interface Row {
  readonly name: string;
  readonly floorName: string;
  readonly callers: number;
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuSeconds: number | null;
  readonly ratio: number;
  /** The lowest and the highest ratio of a round. */
  readonly spread: readonly [number, number];
  readonly p50Ratio: number;
  readonly p99Ratio: number;
  readonly cpuRatio: number | null;
  readonly floorPerSecond: number;
}

export interface Rounds {
  readonly count: number;
  readonly bound: Bound;
  readonly warmUp: Bound;
  readonly processorSeconds: () => number | null;
  readonly tell: (progress: string) => void;
}

export async function measure(pairs: readonly Pair[], rounds: Rounds): Promise<readonly Row[]> {
  const seen = pairs.map(() => [] as { own: Load; floor: Load }[]);
  for (const { callers, floor, name } of pairs) {
    rounds.tell(`warming up: ${name}`);
    await load(floor, rounds.warmUp);
    await load(callers, rounds.warmUp);
  }
  for (let round = 1; round <= rounds.count; round++) {
    for (const [index, { callers, floor, name, isElsewhere }] of pairs.entries()) {
      rounds.tell(`round ${round} of ${rounds.count}: ${name}`);
      const before = await load(floor, rounds.bound, rounds.processorSeconds);
      const clock = isElsewhere ? () => null : rounds.processorSeconds;
      seen[index]!.push({ floor: before, own: await load(callers, rounds.bound, clock) });
    }
  }
  return pairs.map((pair, index) => rowOf(pair, seen[index]!));
}

function rowOf({ name, floorName, callers }: Pair, seen: readonly { own: Load; floor: Load }[]): Row {
  const own = (value: (load: Load) => number): number => median(seen.map((round) => value(round.own)));
  const against = (value: (load: Load) => number): readonly number[] =>
    seen.map((round) => value(round.own) / value(round.floor)).toSorted((one, other) => one - other);
  const ratios = against(({ perSecond }) => perSecond);
  const hasCpu = seen.every(({ own, floor }) => own.cpuSeconds !== null && floor.cpuSeconds !== null);
  return {
    name,
    floorName,
    callers: callers.length,
    requests: seen.reduce((sum, round) => sum + round.own.requests, 0),
    perSecond: own(({ perSecond }) => perSecond),
    p50: own(({ p50 }) => p50),
    p99: own(({ p99 }) => p99),
    cpuSeconds: hasCpu ? own(({ cpuSeconds }) => cpuSeconds ?? Number.NaN) : null,
    ratio: median(ratios),
    spread: [ratios[0]!, ratios.at(-1)!],
    p50Ratio: median(against(({ p50 }) => p50)),
    p99Ratio: median(against(({ p99 }) => p99)),
    cpuRatio: hasCpu ? median(against(({ cpuSeconds }) => cpuSeconds ?? Number.NaN)) : null,
    floorPerSecond: median(seen.map(({ floor }) => floor.perSecond)),
  };
}
