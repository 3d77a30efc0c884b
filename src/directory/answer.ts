/** What the directory says, or that it is away. */

/** A client gives up after 10 s (clients.md); what cannot be asked by now is told as 503. */
const LONGEST_WAIT_MILLISECONDS = 3000;

/** The directory failed or did not answer in time. `retryable` makes it a 503 where nobody catches it. */
export class DirectoryAway extends Error {
  override readonly name = "DirectoryAway";
  readonly retryable = true;
}

/** The answer to what `ask` asks. Throws `DirectoryAway`; a statement that was only late may still have done its work. */
export async function answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error("no answer in time")), LONGEST_WAIT_MILLISECONDS);
  try {
    return await Promise.race([ask(), late]);
  } catch (error) {
    throw new DirectoryAway(error instanceof Error ? error.message : "", { cause: error });
  } finally {
    clearTimeout(timer);
  }
}
