/** Waiting with a limit: for what no answer hangs on (DESIGN §5, step 4 of creation). */

/** What the work gives within the time, else `late`; also if it fails. The work goes on. */
export async function within<Value>(milliseconds: number, work: Promise<Value>, late: Value): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<Value>((resolve) => {
    timer = setTimeout(() => resolve(late), milliseconds);
  });
  try {
    return await Promise.race([work.catch(() => late), limit]);
  } finally {
    // A pending timer would keep the object from being evicted.
    if (timer !== undefined) clearTimeout(timer);
  }
}
