/** How a fault is told: its request, and the command that sends it again. */

/** The request as JSON, its long repetitions shortened. */
export function shown(request: unknown): string {
  return (JSON.stringify(request) ?? "").replaceAll(/(.)\1{20,}/gu, "$1…").slice(0, 1500);
}

/** The same logins, and the chunk of the run in which the fault was; the whole run, if it was in none. */
export function againCommand(plan: { readonly requests: number; readonly seed: number }, chunk: number | null): string {
  const command = `npm run test:hostile -- --requests ${plan.requests} --seed ${plan.seed}`;
  return chunk === null ? command : `${command} --chunk ${chunk}`;
}
