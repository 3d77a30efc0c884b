/** A point of a curve: a measurement, and how large what grows was meanwhile. */
import { type Floor, floorCallers, floorName } from "./floor.ts";
import { type Caller, inTurn } from "./load.ts";
import { measure, type Rounds } from "./rounds.ts";
import type { Row } from "./rows.ts";
import type { World } from "./world.ts";

export interface Point extends Row {
  /** What grows. */
  readonly curve: string;
  /** How large it was when the measurement began. */
  readonly at: number;
  /** How large it was at the end: an exchange writes an event, a creation makes a member. */
  readonly until: number;
}

/** What is measured at a point. */
export interface Spot {
  readonly curve: string;
  readonly floor: Floor;
  /** One for each token. The floor has as many objects, so that both write to as many files. */
  readonly actions: readonly Caller[];
  /** So many go round them. */
  readonly callers: number;
  /** How large what grows is now. */
  readonly size: () => number;
}

export async function point(world: World, rounds: Rounds, spot: Spot): Promise<Point> {
  const { curve, floor, actions, callers, size } = spot;
  const at = size();
  const group = {
    floor: { name: floorName(floor), callers: inTurn(floorCallers(world, floor, actions.length), callers) },
    measured: [{ name: `${curve}: ${at}`, callers: inTurn(actions, callers) }],
  };
  rounds.tell(`${curve}: ${at}`);
  const [, row] = await measure([group], { ...rounds, tell: () => {} }, world.processorSeconds);
  const until = size();
  return { ...row!, name: until === at ? row!.name : `${row!.name} to ${until}`, curve, at, until };
}

export interface Grown {
  readonly curve: string;
  readonly from: number;
  readonly to: number;
  /** How many times as dear a request has become, measured by the floor beside it; 1 where nothing grows. */
  readonly factor: number;
}

/** The last point of each curve beside its first. */
export function grown(points: readonly Point[]): readonly Grown[] {
  return [...Map.groupBy(points, ({ curve }) => curve)].map(([curve, line]) => {
    const sorted = line.toSorted((one, other) => one.at - other.at);
    const [first, last] = [sorted[0]!, sorted.at(-1)!];
    return { curve, from: first.at, to: last.at, factor: first.ratio / last.ratio };
  });
}
