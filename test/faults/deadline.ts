/** A time that is shared by many pieces of work. */

/** From now on. */
export function deadlineIn(milliseconds: number) {
  const end = Date.now() + milliseconds;
  return {
    /** Whether something that lasts this long would be over in time. */
    leaves: (needed: number): boolean => Date.now() + needed <= end,

    /** What the work gives. Throws if it is not over in time, and says what was not. */
    async within<Value>(work: Promise<Value>, what = "the preparation"): Promise<Value> {
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_, reject) => {
        const error = new Error(`not over within ${milliseconds} ms: ${what}`);
        timer = setTimeout(() => reject(error), Math.max(0, end - Date.now()));
      });
      try {
        return await Promise.race([work, late]);
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
