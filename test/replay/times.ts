/** Numbers that the recordings write as times. */

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Clocks of two processes, and one request of a busy machine. */
const SLACK = 5;

/** Deadlines so near that a slow machine would miss them count from their first use, and are put off. */
const NEAR_SECONDS = 30;
const PUT_OFF_SECONDS = 4;

/** `t0`: the start of a chain, in whole seconds. */
export class ChainClock {
  readonly #started = nowSeconds();
  readonly #near = new Map<number, number>();

  /** The value of `t0` with an offset. */
  at(offset: number): number {
    if (offset < 0 || offset > NEAR_SECONDS) return this.#started + offset;
    const known = this.#near.get(offset) ?? nowSeconds() + offset + PUT_OFF_SECONDS;
    this.#near.set(offset, known);
    return known;
  }

  /** How much longer than recorded a chain has to wait for its deadlines. */
  get putOffMilliseconds(): number {
    return this.#near.size > 0 ? PUT_OFF_SECONDS * 1000 : 0;
  }
}

/** What a recorded text admits as number, or `null` if it is no time. */
export function timeRange(text: string, clock: ChainClock): Range | null {
  const [, kind, base, offset = "0"] =
    /^\{\{(?:(in|until):)?(t0|now|now \(fraction\)|\d+)([+-]\d+)?\}\}$/.exec(text) ?? [];
  if (base === undefined) return null;
  if (kind === "in") return around(Number(base), SLACK);
  if (kind === "until") return around(clock.at(Number(offset)) - nowSeconds(), SLACK);
  if (base === "t0") return around(clock.at(Number(offset)), 0);
  return { from: clock.at(-SLACK) + Number(offset), to: nowSeconds() + Number(offset) + SLACK };
}

function around(value: number, slack: number): Range {
  return { from: value - slack, to: value + slack };
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
