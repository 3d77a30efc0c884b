/** What grows in the life of a mytoken: its events, its depth below the root, its callers at once. */
import { exchangeFloor } from "./floor.ts";
import { type Caller, inTurn, load } from "./load.ts";
import { type Point, point } from "./point.ts";
import type { Rounds } from "./rounds.ts";
import type { Sizes } from "./sizes.ts";
import { exchangeWith, subtokenOf } from "./subjects.ts";
import type { World } from "./world.ts";

/** Each exchange writes an event: so the rounds are counted in calls, there is no warm-up, and each token gets few. */
export async function events(world: World, rounds: Rounds, sizes: Sizes): Promise<readonly Point[]> {
  const most = Math.max(...sizes.events.map(({ tokens }) => tokens));
  const histories = (await world.logins(most)).map((token) => historyOf(world, token));
  const counted = { ...rounds, bound: sizes.callsInRound, warmUp: { calls: 0 } };
  const points: Point[] = [];
  for (const { events, tokens } of sizes.events) {
    const measured = histories.slice(0, tokens);
    rounds.tell(`bringing ${tokens} mytokens to ${events} events`);
    const fillings = measured.map((history) => () => history.exchangeUntil(events));
    await load(inTurn(fillings, sizes.callers), { calls: Math.ceil(tokens / sizes.callers) });
    points.push(
      await point(world, counted, {
        curve: "exchange, events of the token",
        floor: exchangeFloor(1),
        actions: measured.map(({ exchange }) => exchange),
        callers: sizes.callers,
        size: () => Math.max(...measured.map(({ written }) => written())),
      }),
    );
  }
  return points;
}

function historyOf({ server }: World, token: string) {
  // A token begins with the event of its making.
  const history = { written: 1 };
  const call = exchangeWith(server, token);
  const exchange: Caller = async () => {
    await call();
    history.written += 1;
  };
  const exchangeUntil = async (events: number): Promise<void> => {
    while (history.written < events) await exchange();
  };
  return { exchange, exchangeUntil, written: () => history.written };
}

export async function depths(world: World, rounds: Rounds, sizes: Sizes): Promise<readonly Point[]> {
  let line = await world.logins(sizes.callers);
  const points: Point[] = [];
  let depth = 1;
  for (const wanted of sizes.depths) {
    for (; depth < wanted; depth++) line = await Promise.all(line.map((parent) => subtokenOf(world.server, parent)));
    points.push(
      await point(world, rounds, {
        curve: "exchange, depth (a root is 1)",
        floor: exchangeFloor(1),
        actions: line.map((token) => exchangeWith(world.server, token)),
        callers: sizes.callers,
        size: () => depth,
      }),
    );
  }
  return points;
}

/** So many callers on one mytoken, and as many on a mytoken each, each of a login of its own. */
export async function parallel(world: World, rounds: Rounds, sizes: Sizes): Promise<readonly Point[]> {
  const tokens = await world.logins(Math.max(...sizes.parallel));
  const points: Point[] = [];
  for (const callers of sizes.parallel) {
    const spot = { floor: exchangeFloor(1), callers, size: () => callers };
    const one = Array.from({ length: callers }, () => exchangeWith(world.server, tokens[0]!));
    const many = tokens.slice(0, callers).map((token) => exchangeWith(world.server, token));
    points.push(
      await point(world, rounds, { ...spot, curve: "exchange, callers on one mytoken", actions: one }),
      await point(world, rounds, { ...spot, curve: "exchange, callers on a mytoken each", actions: many }),
    );
  }
  return points;
}
