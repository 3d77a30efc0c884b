/**
 * The only place that reads time. Everything below the objects and the edge takes `now` as a parameter.
 */

/** Seconds by which this clock is ahead: for tests alone, a deployed Worker refuses it. The alarm scheduler knows nothing of it. */
let offset = 0;

/** Moves the clock of this isolate (CLOCK_OFFSET_SECONDS). */
export function setClockOffset(seconds: number): void {
  offset = seconds;
}

/** Whole seconds since the epoch (NumericDate, RFC 7519 §2). */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000) + offset;
}

/** Milliseconds since the epoch, for the request log: never moved. */
export function nowMilliseconds(): number {
  return Date.now();
}
