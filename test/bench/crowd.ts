/** A thousand jobs of one login at a provider that serves one refresh at a time and takes 100 ms for it. */
import { load } from "./load.ts";
import { exchangeWith, subtokenOf } from "./subjects.ts";
import type { World } from "./world.ts";

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
