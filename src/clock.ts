/**
 * The only place that reads time. Everything below the objects and the edge takes `now` as a parameter.
 */

/** Whole seconds since the epoch (NumericDate, RFC 7519 §2). */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

/** Milliseconds since the epoch, for the alarm scheduler and the request log. */
export function nowMilliseconds(): number {
  return Date.now();
}
