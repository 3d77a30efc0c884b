/** What subjects are compared with: a bare Worker (server/floor-worker.js) that does as much and nothing else. */
import { type Caller, callFor } from "./load.ts";
import type { Group, Measured } from "./rounds.ts";
import type { World } from "./world.ts";

export interface Floor {
  /** Objects that a request goes through, one after the other. */
  readonly objects: 0 | 1 | 2;
  /** Commits, each waited for, spread over the objects. At least one if there is an object. */
  readonly commits: number;
  /** Whether the last object calls the provider. */
  readonly asksProvider: boolean;
}

/** The floor of an exchange, which goes through the mytoken's object and the login's. */
export function exchangeFloor(commits: number): Floor {
  return { objects: 2, commits, asksProvider: true };
}

/** How a floor is called in tables: what it does. */
export function floorName({ objects, commits, asksProvider }: Floor): string {
  if (objects === 0) return "no object";
  const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? "" : "s"}`;
  const without = [objects === 1 && ", 1 object", !asksProvider && ", no outgoing call"].filter(Boolean).join("");
  return `${counted(commits, "commit")}${without}`;
}

/** Callers of the bare Worker, each with objects of its own. */
export function floorCallers(world: Pick<World, "floor">, floor: Floor, callers: number): readonly Caller[] {
  return Array.from({ length: callers }, (_, index) => {
    const address = new URL(`/caller-${index}`, world.floor);
    return async () => {
      const answer = await callFor(address, floor.objects === 0 ? null : floor);
      if (floor.asksProvider && typeof answer["access_token"] !== "string") throw new Error("no access token");
    };
  });
}

/** Puts together what is compared with the same floor, under as many callers. */
export function groupsByFloor(
  world: Pick<World, "floor">,
  all: readonly (Measured & { readonly floor: Floor })[],
): readonly Group[] {
  const groups = Map.groupBy(all, ({ floor, callers }) => `${floorName(floor)} ${callers.length}`);
  return [...groups.values()].map((measured) => {
    const { floor, callers } = measured[0]!;
    return { floor: { name: floorName(floor), callers: floorCallers(world, floor, callers.length) }, measured };
  });
}
