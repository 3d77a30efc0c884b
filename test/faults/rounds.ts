/** Rounds one after the other. One that ends in an exception is a result too: its seed must not get lost. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { AT_ONCE, commandFor, type Options } from "./options.ts";
import { type RoundResult, runRound } from "./round.ts";

export interface Place {
  /** For disks and logs; those of a round that broke nothing are removed. */
  readonly folder: string;
  /** The bundled Worker. */
  readonly modules: string;
}

/** A round that is about to begin. */
export interface Begun {
  readonly seed: number;
  /** Makes it again. */
  readonly command: string;
  /** Runs it. An exception names the command, and keeps its cause. */
  run(): Promise<RoundResult>;
}

/** As many rounds as it takes, with one seed after the other. */
export function* roundsOf(options: Options, { folder, modules }: Place): Generator<Begun> {
  for (let done = 0; done < options.histories; done += AT_ONCE) {
    const one = {
      ...options,
      seed: options.seed + done / AT_ONCE,
      histories: Math.min(AT_ONCE, options.histories - done),
    };
    const command = commandFor(one);
    const run = async (): Promise<RoundResult> => {
      const place = join(folder, String(one.seed));
      try {
        const result = await runRound({ ...one, folder: place, modules });
        if (!isBroken(result)) rmSync(place, { recursive: true });
        return result;
      } catch (error) {
        throw new Error(`round ${one.seed} ended in an exception: ${String(error)}\nAgain: ${command}`, {
          cause: error,
        });
      }
    };
    yield { seed: one.seed, command, run };
  }
}

export function isBroken({ findings }: RoundResult): boolean {
  return findings.some(({ isListed }) => !isListed);
}
