/** The daily run (wrangler.toml, `crons`): rows of the directory whose retention time is over. */
import { nowSeconds } from "./clock.ts";
import { configOf } from "./config/parse.ts";
import { forgetPast } from "./directory/tokens.ts";

const ROWS_AT_ONCE = 500;
/** A run ends in bounded time; what is left waits for the next one. */
const ROUNDS = 100;

export async function forgetOld(env: Env): Promise<void> {
  const before = nowSeconds() - configOf(env).retentionSeconds;
  for (let round = 0; round < ROUNDS; round++) {
    if ((await forgetPast(env.DIRECTORY, before, ROWS_AT_ONCE)) === 0) return;
  }
}
