/**
 * Limits (DESIGN §10). Strangers, that is login starts, unknown codes and tokens, count against their address; whoever
 * holds a good token counts against that token's text, never against its public `mom_id`, or anybody could lock it out.
 */
import ipaddr from "ipaddr.js";
import { nowSeconds } from "../clock.ts";
import type { Refusal } from "../errors.ts";
import { networkOf } from "../token/network.ts";

/** Seconds; the period of both bindings in wrangler.toml. */
const PERIOD_SECONDS = 60;

/**
 * Counts one call of a stranger at `address` (IPv6: its /64; all unknown ones together) and refuses when there were too
 * many. Loopback is exempt, as in the reference: behind a proxy of the same machine it would be everybody.
 */
export async function countStranger(strangers: RateLimit, address: string | null): Promise<Refusal | null> {
  if (address !== null && ipaddr.process(address).range() === "loopback") return null;
  const { success } = await strangers.limit({ key: networkOf(address) });
  return success ? null : { reason: "too_many_requests", retryAfterSeconds: PERIOD_SECONDS };
}

/** Uses of one text in a period that this isolate sees before the binding is asked at all: jobs are rarely faster. */
const UNASKED_USES = 60;
/** One question to the binding then stands for so many uses that were made; the limit in wrangler.toml counts questions. */
const USES_PER_QUESTION = 100;
const REMEMBERED_TEXTS = 1000;

interface Uses {
  readonly period: number;
  count: number;
  /** What the binding said last: until the period is over, or it says otherwise. */
  isRefused: boolean;
}

/** By hash of the text, in this isolate; bounded, the oldest go first. */
const uses = new Map<string, Uses>();

/**
 * Counts one use of a token by the hash of its text and refuses when there were far more than a cluster of jobs would
 * make.
 */
export async function countHolder(holders: RateLimit, textHash: string): Promise<Refusal | null> {
  const present = usesInPeriod(textHash);
  present.count += 1;
  const counted = present.count - UNASKED_USES;
  if (counted > 0 && counted % USES_PER_QUESTION === 0) {
    present.isRefused = !(await holders.limit({ key: textHash })).success;
  }
  return present.isRefused ? { reason: "too_many_requests", retryAfterSeconds: PERIOD_SECONDS } : null;
}

function usesInPeriod(hash: string): Uses {
  const period = Math.floor(nowSeconds() / PERIOD_SECONDS);
  const known = uses.get(hash);
  if (known?.period === period) return known;
  uses.delete(hash);
  const oldest = uses.keys().next();
  if (uses.size >= REMEMBERED_TEXTS && !oldest.done) uses.delete(oldest.value);
  const fresh = { period, count: 0, isRefused: false };
  uses.set(hash, fresh);
  return fresh;
}
