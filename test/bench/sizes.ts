/** How far the curves go. */
import type { Bound } from "./load.ts";

export interface Sizes {
  readonly callers: number;
  /**
   * Calls of each caller in a round, where measuring makes grow what is measured. The callers go round so many tokens that
   * 256 of them get one call a round each, 64 get four, 16 get sixteen: few where few more would be a change.
   */
  readonly callsInRound: { readonly calls: number };
  readonly events: readonly { readonly events: number; readonly tokens: number }[];
  readonly depths: readonly number[];
  readonly parallel: readonly number[];
  /** Callers of the fresh server, with as many mytokens: all that is stored at the first point. */
  readonly strangers: number;
  /** Members of each of so many families. */
  readonly families: readonly { readonly members: number; readonly families: number }[];
  /** Of what a fresh server has not done yet. */
  readonly firstWarmUp: Bound;
  /** Callers of the crowd on one login. */
  readonly crowd: number;
}

export const WHOLE: Sizes = {
  callers: 16,
  callsInRound: { calls: 16 },
  events: [
    { events: 1, tokens: 256 },
    { events: 10, tokens: 256 },
    { events: 100, tokens: 64 },
    { events: 1000, tokens: 16 },
  ],
  depths: [1, 5, 10, 20],
  parallel: [1, 4, 16, 64],
  strangers: 10,
  families: [
    { members: 1, families: 160 },
    { members: 10, families: 160 },
    { members: 100, families: 40 },
    { members: 1000, families: 10 },
    { members: 10_000, families: 10 },
  ],
  firstWarmUp: { milliseconds: 5000 },
  crowd: 1000,
};

export const QUICK: Sizes = {
  callers: 2,
  callsInRound: { calls: 2 },
  events: [
    { events: 1, tokens: 4 },
    { events: 4, tokens: 2 },
  ],
  depths: [1, 2],
  parallel: [1, 2],
  strangers: 2,
  families: [
    { members: 1, families: 4 },
    { members: 5, families: 2 },
  ],
  firstWarmUp: { milliseconds: 50 },
  crowd: 20,
};
