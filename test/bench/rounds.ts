/**
 * How two things are compared on a machine that is shared, and whose disk and processor are twice as fast a minute later.
 *
 * - A round is short and there are many of them: what disturbs lasts longer than a second, so it hits a subject together
 *   with its floor and falls out of their ratio, or it hits a few rounds only, and the median does not see it.
 * - In a round the floor is measured before and after each subject, and their mean is what the subject is compared with:
 *   a machine that becomes slower meanwhile does so for the mean as well. Subjects with one floor share those between them.
 * - Every other round runs backwards: no subject always pays for what the same other one left to be written to the disk.
 * - Everything is warmed up before the first round: V8 takes seconds to compile what runs often. Each measurement has a
 *   lead-in that does not count, in which the callers get going and the work of those before them ends (`Bound`).
 * - The spread is shown as quartiles: extremes say how bad the worst second was, and grow with the number of rounds. The
 *   spread of a floor, as a ratio to the mean of its round, says how far two measurements of the same thing differ.
 */
import { type Bound, type Caller, type Load, load } from "./load.ts";
import { type Compared, floorRow, meanOf, type Row, rowOf } from "./rows.ts";

/** Something to measure. */
export interface Measured {
  readonly name: string;
  readonly callers: readonly Caller[];
  /** Answered by another process than the floor: its processor time is not told. */
  readonly isElsewhere?: boolean;
}

/** What is compared with one floor. */
export interface Group {
  readonly floor: Measured;
  readonly measured: readonly Measured[];
}

export interface Rounds {
  readonly count: number;
  readonly bound: Bound;
  readonly warmUp: Bound;
  readonly tell: (progress: string) => void;
}

/** A place in the order of a round, and what was seen there, round by round. */
interface Slot {
  readonly measured: Measured;
  readonly seen: Load[];
}

/** Of each group the row of its floor, then those of its subjects. `processorSeconds` is the clock of server and floor. */
export async function measure(
  groups: readonly Group[],
  rounds: Rounds,
  processorSeconds: () => number | null,
): Promise<readonly Row[]> {
  for (const one of groups.flatMap(({ floor, measured }) => [floor, ...measured])) {
    rounds.tell(`warming up: ${one.name}`);
    await load(one.callers, rounds.warmUp);
  }
  const slots = groups.map(slotsOf);
  for (let round = 1; round <= rounds.count; round++) {
    rounds.tell(`round ${round} of ${rounds.count}`);
    const order = slots.flat();
    for (const { measured, seen } of round % 2 === 1 ? order : order.toReversed()) {
      seen.push(await load(measured.callers, rounds.bound, measured.isElsewhere ? () => null : processorSeconds));
    }
  }
  return slots.flatMap(rowsOf);
}

/** Floor, subject, floor, subject, …, floor. */
function slotsOf({ floor, measured }: Group): readonly Slot[] {
  const slot = (one: Measured): Slot => ({ measured: one, seen: [] });
  return [slot(floor), ...measured.flatMap((one) => [slot(one), slot(floor)])];
}

function rowsOf(slots: readonly Slot[]): readonly Row[] {
  const floors = slots.filter((_, index) => index % 2 === 0);
  const all = floors.flatMap(({ seen }) =>
    seen.map((own, round): Compared => ({ own, floor: meanOf(floors.map((floor) => floor.seen[round]!)) })),
  );
  const rows = slots.flatMap(({ measured, seen }, index) => {
    if (index % 2 === 0) return [];
    const around = [slots[index - 1]!, slots[index + 1]!];
    const compared = seen.map((own, round) => ({ own, floor: meanOf(around.map((floor) => floor.seen[round]!)) }));
    return [rowOf(measured, floors[0]!.measured.name, compared)];
  });
  return [floorRow(floors[0]!.measured, all), ...rows];
}
