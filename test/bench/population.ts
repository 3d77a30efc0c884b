/**
 * Families grow, and with them what is stored, on a server that has nothing else stored. At the beginning there are as
 * many mytokens as callers, each of a login of its own: strangers, whose families stay as they are, and by whom the curve
 * of what is stored is measured. Then families are made to grow; it is by their own members that their curves are measured.
 */
import { exchangeFloor, floorCallers } from "./floor.ts";
import { type Caller, load } from "./load.ts";
import { type Point, point, type Spot } from "./point.ts";
import type { Rounds } from "./rounds.ts";
import type { Sizes } from "./sizes.ts";
import { exchangeWith, INTROSPECTION_BELOW_FLOOR, introspectionOf, SUBTOKEN_FLOOR, subtokenOf } from "./subjects.ts";
import type { World } from "./world.ts";

const CREATED_AT_ONCE = 16;

interface Family {
  readonly root: string;
  /** Mytokens, the root among them. */
  members: number;
  /** Its first subtoken, once there is one. */
  subtoken: string | null;
}

export async function population(world: World, rounds: Rounds, sizes: Sizes): Promise<readonly Point[]> {
  const strangers = await world.logins(sizes.strangers);
  const families: Family[] = [];
  const stored: Spot = {
    curve: "exchange, mytokens stored",
    floor: exchangeFloor(1),
    actions: strangers.map((token) => exchangeWith(world.server, token)),
    callers: sizes.strangers,
    size: () => strangers.length + families.reduce((sum, { members }) => sum + members, 0),
  };
  const points = [await point(world, { ...rounds, warmUp: sizes.firstWarmUp }, stored)];
  const [practice] = await familiesOf(world, 1);
  families.push(practice!);
  await practise(world, practice!, sizes);
  const growing = await familiesOf(world, Math.max(...sizes.families.map(({ families }) => families)));
  families.push(...growing);
  for (const { members, families: count } of sizes.families) {
    const measured = growing.slice(0, count);
    await grow(world, rounds, measured, members);
    points.push(await point(world, rounds, stored), ...(await familyPoints(world, rounds, sizes, measured)));
  }
  return points;
}

async function familyPoints(
  world: World,
  rounds: Rounds,
  { strangers: callers, callsInRound }: Sizes,
  families: readonly Family[],
): Promise<readonly Point[]> {
  const size = () => Math.max(...families.map(({ members }) => members));
  const exchange = await point(world, rounds, {
    curve: "exchange, family members",
    floor: exchangeFloor(1),
    actions: families.map(({ root }) => exchangeWith(world.server, root)),
    callers,
    size,
  });
  // The introspection of a root asks nobody in the family: it is that of a subtoken, and there are two members at least.
  await grow(world, rounds, families, 2);
  const introspection = await point(world, rounds, {
    curve: "introspection, family members",
    floor: INTROSPECTION_BELOW_FLOOR,
    actions: families.map(({ subtoken }) => introspectionOf(world.server, subtoken!)),
    callers,
    size,
  });
  // Each call makes a member: so the rounds are counted in calls, and nothing is warmed up.
  const counted = { ...rounds, bound: callsInRound, warmUp: { calls: 0 } };
  const creation = await point(world, counted, {
    curve: "subtoken creation, family members",
    floor: SUBTOKEN_FLOOR,
    actions: families.map((family) => creationIn(world, family)),
    callers,
    size,
  });
  return [exchange, introspection, creation];
}

async function familiesOf(world: World, count: number): Promise<readonly Family[]> {
  return (await world.logins(count)).map((root) => ({ root, members: 1, subtoken: null }));
}

function creationIn({ server }: World, family: Family): Caller {
  return async () => {
    const subtoken = await subtokenOf(server, family.root);
    family.subtoken ??= subtoken;
    family.members += 1;
  };
}

/** Lets V8 compile, in a family that is not measured, what the first point did not call. */
async function practise(world: World, family: Family, { strangers, firstWarmUp }: Sizes): Promise<void> {
  const create = creationIn(world, family);
  await create();
  const introspect = introspectionOf(world.server, family.subtoken!);
  for (const [floor, caller] of [[SUBTOKEN_FLOOR, create] as const, [INTROSPECTION_BELOW_FLOOR, introspect] as const]) {
    await load(floorCallers(world, floor, strangers), firstWarmUp);
    await load(Array<Caller>(strangers).fill(caller), firstWarmUp);
  }
}

/** Makes members until each family has as many, a few at once. */
async function grow(world: World, rounds: Rounds, families: readonly Family[], members: number): Promise<void> {
  const missing = families.flatMap((family) =>
    Array<Caller>(Math.max(0, members - family.members)).fill(creationIn(world, family)),
  );
  rounds.tell(`making ${missing.length} subtokens`);
  const left = missing.values();
  await Promise.all(
    Array.from({ length: CREATED_AT_ONCE }, async () => {
      for (const create of left) await create();
    }),
  );
}
