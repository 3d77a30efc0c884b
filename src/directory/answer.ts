/** What the directory says, or that it is away. */

import { inTime } from "../time-limit.ts";

/** A client gives up after 10 s (clients.md); what cannot be asked by now is told as 503. */
const LONGEST_WAIT_MILLISECONDS = 3000;

/** The directory failed or did not answer in time. `retryable` makes it a 503 where nobody catches it. */
export class DirectoryAway extends Error {
  override readonly name = "DirectoryAway";
  readonly retryable = true;
}

/** The answer to what `ask` asks. Throws `DirectoryAway`; a statement that was only late may still have done its work. */
export async function answered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await inTime(LONGEST_WAIT_MILLISECONDS, ask());
  } catch (error) {
    throw new DirectoryAway(error instanceof Error ? error.message : "", { cause: error });
  }
}
