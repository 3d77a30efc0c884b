/** The values of `nbf` and `exp` as requests and templates write them (semantics §1.3); 0 is "no bound". */
import { fromUtcText } from "./calendar.ts";
import { durationNanoseconds } from "./duration.ts";

/** Largest second that JSON numbers carry exactly; what lies beyond is clamped to it (semantics Q50). */
export const LAST_SECOND = Number.MAX_SAFE_INTEGER;

/** Beyond 64 bits a number is no time, as in the reference. */
const INT64_MAX = 2n ** 63n - 1n;
const MAX_DIGITS = 100;

/**
 * Seconds since the epoch of a JSON value: integer, time string, `null` or absent (0).
 * `null` for everything else, fractions included. Negative results are left to the caller.
 */
export function timeOfJson(value: unknown, now: number): number | null {
  if (value === undefined || value === null) return 0;
  if (typeof value === "string") return timeOfText(value, now);
  return typeof value === "number" && Number.isInteger(value) ? clamped(value) : null;
}

/**
 * Seconds since the epoch of a time string: empty (0), decimal seconds, `+` and seconds or a duration from `now`,
 * `YYYY-MM-DD HH:MM` in UTC (semantics Q49). `null` for other text.
 */
export function timeOfText(text: string, now: number): number | null {
  if (text === "") return 0;
  if (text.length <= MAX_DIGITS && /^[+-]?\d+$/.test(text)) return integerTime(text, now);
  if (!text.startsWith("+")) return fromUtcText(text);
  const nanoseconds = durationNanoseconds(text.slice(1));
  if (nanoseconds === null) return null;
  // Fractions count against the full second of `now` before the sum is cut (semantics §1.3).
  return clamped(Number((BigInt(now) * 1_000_000_000n + nanoseconds) / 1_000_000_000n));
}

/** `now` plus some seconds, never beyond what can be written down. */
export function secondsFrom(now: number, seconds: number): number {
  return clamped(now + seconds);
}

function integerTime(text: string, now: number): number | null {
  const seconds = BigInt(text.startsWith("+") ? text.slice(1) : text);
  if (seconds > INT64_MAX || seconds < -INT64_MAX) return null;
  return text.startsWith("+") ? secondsFrom(now, Number(seconds)) : clamped(Number(seconds));
}

/** Adding 0 turns -0 into 0. */
function clamped(seconds: number): number {
  return Math.max(-LAST_SECOND, Math.min(LAST_SECOND, seconds)) + 0;
}
