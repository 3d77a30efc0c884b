/**
 * Networks that tried too many passwords: until their time is over not even the right one helps, or the limit would only
 * slow down who reads the answers. Per isolate and bounded.
 */
const MOST_NETWORKS = 1000;

const blockedUntil = new Map<string, number>();

/** Seconds for which a network is still blocked; 0: it is not. */
export function blockedSeconds(network: string, now: number): number {
  return Math.max(0, (blockedUntil.get(network) ?? 0) - now);
}

export function block(network: string, until: number): void {
  blockedUntil.delete(network);
  blockedUntil.set(network, until);
  const [oldest] = blockedUntil.keys();
  if (blockedUntil.size > MOST_NETWORKS && oldest !== undefined) blockedUntil.delete(oldest);
}
