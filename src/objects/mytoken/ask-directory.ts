/** What needs the directory is refused without it, and can be tried again; everything else goes on (DESIGN §3, invariant 6). */
import { DirectoryAway } from "../../directory/answer.ts";
import { done, refuse, type Result } from "../../errors.ts";

const RETRY_SECONDS = 5;

export async function fromDirectory<Value>(asked: Promise<Value>): Promise<Result<Value>> {
  try {
    return done(await asked);
  } catch (error) {
    if (!(error instanceof DirectoryAway)) throw error;
    return refuse({ reason: "temporarily_unavailable", retryAfterSeconds: RETRY_SECONDS });
  }
}
