/** Waiting with a limit. The timer ends with the wait: an object with a pending timer is not evicted, as after `AbortSignal.timeout`. */

/** Sends something with a limit of time: past it, `signal` aborts. */
export async function withTimeLimit<Answer>(
  milliseconds: number,
  sent: (signal: AbortSignal) => Promise<Answer>,
): Promise<Answer> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), milliseconds);
  try {
    return await sent(limit.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** What the work gives within the time, else `late`; also if it fails. The work goes on: no answer hangs on it. */
export function within<Value>(milliseconds: number, work: Promise<Value>, late: Value): Promise<Value> {
  const { promise: limit, resolve } = Promise.withResolvers<Value>();
  return withTimeLimit(milliseconds, (signal) => {
    signal.addEventListener("abort", () => resolve(late));
    return Promise.race([work.catch(() => late), limit]);
  });
}

/** What the work gives within the time. Throws what it throws, and `TooLate`; the work goes on. */
export function inTime<Value>(milliseconds: number, work: Promise<Value>): Promise<Value> {
  const { promise: limit, reject } = Promise.withResolvers<never>();
  return withTimeLimit(milliseconds, (signal) => {
    signal.addEventListener("abort", () => reject(new TooLate("no answer in time")));
    return Promise.race([work, limit]);
  });
}

export class TooLate extends Error {
  override readonly name = "TooLate";
}
