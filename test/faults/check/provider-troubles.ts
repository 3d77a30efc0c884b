/** When a provider was scripted with faults for a login: what an exchange is told then is the provider's doing. */
import type { Family, Recorded } from "../model.ts";
import type { Span } from "../world.ts";

/** A script that was given, or a call that took a step: how many steps are left, and when the provider is done with it. */
interface Moment extends Span {
  readonly left: (left: number) => number;
}

/**
 * From the giving of a script until the provider is done with all the calls that took its steps: each at the token
 * endpoint takes one. A script counts as given late and as begun early, so that in doubt there is trouble.
 */
export function troublesOf(family: Family, history: Recorded): readonly Span[] {
  const moments = momentsOf(family, history);
  const troubles: Span[] = [];
  let left = 0;
  let done = 0;
  for (const { from, to, left: next } of moments) {
    const before = left;
    left = next(before);
    if (before === 0 && left === 0) continue;
    if (before === 0) troubles.push({ from, to: Number.POSITIVE_INFINITY });
    done = before === 0 ? to : Math.max(done, to);
    if (left === 0) troubles.at(-1)!.to = done;
  }
  return troubles;
}

function momentsOf(family: Family, history: Recorded): readonly Moment[] {
  const scripts = history.scripts
    .filter((script) => script.family === family)
    .map(({ from, to, steps, replace }) => ({
      order: to,
      from,
      to,
      left: (left: number) => (replace ? 0 : left) + steps,
    }));
  const requests = history.logins.find((login) => login.family === family)?.provider.requests ?? [];
  const calls = requests
    .filter(({ endpoint }) => endpoint === "token")
    .map(({ at, ended }) => ({
      order: at,
      from: at,
      to: ended ?? Number.POSITIVE_INFINITY,
      left: (left: number) => Math.max(0, left - 1),
    }));
  return [...scripts, ...calls].sort((one, other) => one.order - other.order);
}
