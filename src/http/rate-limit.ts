/** The limit for strangers: login starts, unknown codes and tokens. Whoever holds a good token is not counted. */
import ipaddr from "ipaddr.js";
import type { Refusal } from "../errors.ts";
import { networkOf } from "../token/network.ts";

/** Seconds; the period of STRANGERS in wrangler.toml. */
const PERIOD_SECONDS = 60;

/**
 * Counts one call of a stranger at `address` (IPv6: its /64; all unknown ones together) and refuses when there were too
 * many. Loopback is exempt,
 * as in the reference: behind a proxy of the same machine it would be everybody.
 */
export async function countStranger(strangers: RateLimit, address: string | null): Promise<Refusal | null> {
  if (address !== null && ipaddr.process(address).range() === "loopback") return null;
  const { success } = await strangers.limit({ key: networkOf(address) });
  return success ? null : { reason: "too_many_requests", retryAfterSeconds: PERIOD_SECONDS };
}
