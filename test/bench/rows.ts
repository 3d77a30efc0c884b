/** What rounds say about a subject: medians, and ratios to the floor. */
import { type Load, median, quantile } from "./load.ts";
import type { Measured } from "./rounds.ts";

/** Medians over the rounds. `ratio` is the median of each round's own ratio; above 1 is faster than the floor. */
export interface Row {
  readonly name: string;
  /** `null` of a floor itself. */
  readonly floorName: string | null;
  readonly callers: number;
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly cpuSeconds: number | null;
  readonly ratio: number;
  /** The quartiles of the rounds' ratios. */
  readonly spread: readonly [number, number];
  readonly p50Ratio: number;
  readonly p99Ratio: number;
  readonly cpuRatio: number | null;
  readonly floorPerSecond: number;
}

/** A measurement, and what the floor did around it. */
export interface Compared {
  readonly own: Load;
  readonly floor: Load;
}

export function rowOf({ name, callers }: Measured, floorName: string | null, seen: readonly Compared[]): Row {
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
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    p50Ratio: median(against(({ p50 }) => p50)),
    p99Ratio: median(against(({ p99 }) => p99)),
    cpuRatio: hasCpu ? median(against(({ cpuSeconds }) => cpuSeconds ?? Number.NaN)) : null,
    floorPerSecond: median(seen.map(({ floor }) => floor.perSecond)),
  };
}

/** A floor is its own measure; only the spread says anything about ratios. `seen`: beside the mean of the round's floors. */
export function floorRow(floor: Measured, seen: readonly Compared[]): Row {
  const row = rowOf(floor, null, seen);
  const cpuRatio = row.cpuRatio === null ? null : 1;
  return { ...row, name: `floor: ${row.name}`, ratio: 1, p50Ratio: 1, p99Ratio: 1, cpuRatio };
}

export function meanOf(loads: readonly Load[]): Load {
  const mean = (value: (load: Load) => number): number =>
    loads.reduce((sum, one) => sum + value(one), 0) / loads.length;
  return {
    requests: loads.reduce((sum, { requests }) => sum + requests, 0),
    perSecond: mean(({ perSecond }) => perSecond),
    p50: mean(({ p50 }) => p50),
    p99: mean(({ p99 }) => p99),
    cpuSeconds: loads.every(({ cpuSeconds }) => cpuSeconds !== null) ? mean((one) => one.cpuSeconds ?? 0) : null,
  };
}
