/** What grows: mytokens stored, events of a token, depth below the root, members of a family, callers at once. */
import { type Caller, load } from "./load.ts";
import { measure, type Rounds, type Row } from "./rounds.ts";
import { exchangeWith, floorCallers, introspectionOf, subtokenOf } from "./subjects.ts";
import type { World } from "./world.ts";

/** One point of a curve. */
export interface Point extends Row {
  /** What grows. */
  readonly curve: string;
  /** How large it is. */
  readonly at: number;
}

export interface Sizes {
  /** Members of each of `families` families; the mytokens stored are that many times as many. */
  readonly members: readonly number[];
  readonly families: number;
  readonly events: readonly number[];
  readonly depths: readonly number[];
  readonly parallel: readonly number[];
  readonly callers: number;
}

const CREATED_AT_ONCE = 16;

async function point(
  world: World,
  rounds: Rounds,
  curve: string,
  at: number,
  callers: readonly Caller[],
): Promise<Point> {
  const floor = floorCallers(world, 1, callers.length);
  const [row] = await measure([{ name: `${curve}: ${at}`, callers, floor, floorName: "floor, 1 commit" }], rounds);
  return { ...row!, curve, at };
}

/**
 * One population for two questions: families grow, and with them what is stored. At each size members of these families
 * are measured, and strangers to them; and how long another member takes.
 */
export async function population(world: World, rounds: Rounds, sizes: Sizes): Promise<readonly Point[]> {
  const outsiders = await roots(world, sizes.callers);
  const families = await roots(world, sizes.families);
  const insiders = await Promise.all(families.map((root) => subtokenOf(world.server, root)));
  const points: Point[] = [];
  // Each family: its root and the member that is measured.
  const members = families.map(() => 2);
  const createIn = (family: number): Caller => {
    return async () => {
      await subtokenOf(world.server, families[family]!);
      members[family]! += 1;
    };
  };
  for (const size of sizes.members) {
    const missing = members.flatMap((count, family) => Array.from({ length: Math.max(0, size - count) }, () => family));
    rounds.tell(`making ${missing.length} subtokens`);
    await make(missing.map(createIn));
    const smallest = Math.min(...members);
    const stored = members.reduce((sum, count) => sum + count, outsiders.length);
    points.push(
      await point(world, rounds, "exchange, mytokens stored", stored, exchanging(world, outsiders)),
      await point(world, rounds, "exchange, family members", smallest, exchanging(world, insiders)),
      await point(world, rounds, "introspection, family members", smallest, introspecting(world, insiders)),
      await point(
        world,
        rounds,
        "subtoken creation, family members",
        smallest,
        families.map((_, at) => createIn(at)),
      ),
    );
  }
  return points;
}

function exchanging({ server }: World, tokens: readonly string[]): readonly Caller[] {
  return tokens.map((token) => exchangeWith(server, token));
}

function introspecting({ server }: World, tokens: readonly string[]): readonly Caller[] {
  return tokens.map((token) => introspectionOf(server, token));
}

/** Makes them all, a few at once. */
async function make(creations: readonly Caller[]): Promise<void> {
  const left = creations.values();
  await Promise.all(
    Array.from({ length: CREATED_AT_ONCE }, async () => {
      for (const create of left) await create();
    }),
  );
}

export async function events(world: World, rounds: Rounds, sizes: Sizes): Promise<readonly Point[]> {
  const tokens = await roots(world, sizes.callers);
  // A token begins with the event of its making.
  let written = tokens.length;
  const callers = exchanging(world, tokens).map((exchange) => async () => {
    await exchange();
    written += 1;
  });
  const points: Point[] = [];
  for (const size of sizes.events) {
    await load(callers, { calls: Math.max(0, size - Math.floor(written / tokens.length)) });
    const before = Math.floor(written / tokens.length);
    points.push(await point(world, rounds, "exchange, events of the token", before, callers));
  }
  return points;
}

export async function depths(world: World, rounds: Rounds, sizes: Sizes): Promise<readonly Point[]> {
  let line = await roots(world, sizes.callers);
  const points: Point[] = [];
  let depth = 1;
  for (const wanted of sizes.depths) {
    for (; depth < wanted; depth++) line = await Promise.all(line.map((parent) => subtokenOf(world.server, parent)));
    points.push(await point(world, rounds, "exchange, depth", wanted, exchanging(world, line)));
  }
  return points;
}

/** So many callers on one mytoken, and as many on a mytoken each, each of a login of its own. */
export async function parallel(world: World, rounds: Rounds, sizes: Sizes): Promise<readonly Point[]> {
  const tokens = await roots(world, Math.max(...sizes.parallel));
  const points: Point[] = [];
  for (const count of sizes.parallel) {
    const one = Array.from({ length: count }, () => exchangeWith(world.server, tokens[0]!));
    const many = exchanging(world, tokens.slice(0, count));
    points.push(
      await point(world, rounds, "exchange, callers on one mytoken", count, one),
      await point(world, rounds, "exchange, callers on a mytoken each", count, many),
    );
  }
  return points;
}

/** A thousand jobs of one login at a provider that serves one refresh at a time and takes 100 ms for it. */
export interface Crowd {
  readonly callers: number;
  readonly answered: number;
  readonly refreshes: number;
  readonly milliseconds: number;
  readonly p50: number;
  readonly p99: number;
}

export async function crowd(world: World, callers: number): Promise<Crowd> {
  const root = await world.login("serial");
  const jobs = await Promise.all(Array.from({ length: 20 }, () => subtokenOf(world.server, root)));
  const before = (await world.refreshes()).serial;
  let answered = 0;
  const calls = Array.from({ length: callers }, (_, index) => {
    const exchange = exchangeWith(world.server, jobs[index % jobs.length]!);
    return async () => {
      await exchange();
      answered += 1;
    };
  });
  const started = performance.now();
  const { p50, p99 } = await load(calls, { calls: 1 });
  const milliseconds = performance.now() - started;
  return { callers, answered, refreshes: (await world.refreshes()).serial - before, milliseconds, p50, p99 };
}

async function roots(world: World, count: number): Promise<readonly string[]> {
  const tokens: string[] = [];
  while (tokens.length < count) tokens.push(await world.login("plain"));
  return tokens;
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
