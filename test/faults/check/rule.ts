/** What a rule looks at, and what it finds. */
import type { Leftover } from "../disk.ts";
import { type Call, overlaps, type Recorded, type Token } from "../model.ts";
import type { Outage, Span } from "../world.ts";

export interface RoundRecord {
  readonly histories: readonly Recorded[];
  readonly kills: readonly Span[];
  readonly outages: readonly Outage[];
  /** What is still stored after everything has ended and its times have passed. */
  readonly leftovers: readonly Leftover[];
  /** Whether logins that crashed in their exchange had the minute that they take to end. */
  readonly isPatient: boolean;
  /** Files with a refresh token, a mytoken or a code in the clear. */
  readonly exposed: readonly string[];
}

/** A promise that was broken, or (`isListed`) a loss that is known and must be told. */
export interface Finding {
  readonly rule: string;
  readonly history: number;
  readonly what: string;
  readonly isListed?: true;
}

export type Rule = (round: RoundRecord) => Finding[];

/** Whether nobody can know what became of a call: no answer, or its token's object went down meanwhile. */
export function isUncertain(call: Call, history: Recorded, round: RoundRecord): boolean {
  if (call.outcome === "unknown") return true;
  if (call.outcome === "ok" || (call.status ?? 0) < 500) return false;
  const used = usedBy(call);
  const resets = history.resets.filter(({ kind, momId }) => kind === "mytoken" && momId === used?.momId);
  return [...round.kills, ...resets].some((span) => overlaps(call, span));
}

/** The token that a call uses: the presented one, or the one of the presented code. */
export function usedBy({ token, about }: Call): Token | null {
  return token ?? (about !== null && "kind" in about ? about.token : null);
}
