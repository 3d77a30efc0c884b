/**
 * Invariant 3: every refresh token that the provider issued is the stored one, or superseded. Which one is stored shows
 * when it is used: the provider takes its current one and no other. Losses that nobody can help are listed.
 */
import {
  type Call,
  type Family,
  overlaps,
  type ProviderRequest,
  type Recorded,
  type Standing,
  targetOf,
} from "../model.ts";
import { rootOfLogin } from "../unheld.ts";
import { type Span, TIMES } from "../world.ts";
import type { Finding, Rule, RoundRecord } from "./rule.ts";
import { timeline } from "./timeline.ts";

/** Between the provider's answer and our commit a kill may fall: a busy server takes its time. */
export const COMMIT_MILLISECONDS = 2000;

/** How long the server waits for the provider, a little less because clocks and timers are no closer. */
export const LIMIT_MILLISECONDS = TIMES.PROVIDER_LIMIT_SECONDS * 1000 - 200;

export const noRefreshTokenLost: Rule = (round) =>
  round.histories.flatMap((history) =>
    history.standings.flatMap((standing): Finding[] => {
      if (standing.exchanged.outcome === "ok" || hasEnded(standing, history)) return [];
      const excuse = excuseFor(standing, history, round);
      const { status, body } = standing.exchanged;
      const login = `${standing.family.user} (${standing.family.trait})`;
      const what = `${login}: ${status} ${JSON.stringify(body)}; ${excuse ?? `nothing explains that: ${timeline(standing, history, round)}`}`;
      return [
        { rule: "no refresh token lost", history: history.seed, what, ...(excuse !== null && { isListed: true }) },
      ];
    }),
  );

/** Its holder ended it while faults went on: what became of its refresh token, `logins.ts` asks. */
export function hasEnded({ family, exchanged }: Standing, history: Recorded): boolean {
  const root = rootOfLogin(history, family);
  const wasAsked = history.calls.some((call) => !call.isCalm && root !== undefined && targetOf(call) === root);
  return wasAsked && exchanged.status === 401;
}

function excuseFor({ family, provider }: Standing, history: Recorded, round: RoundRecord): string | null {
  const refreshes = provider.requests.filter(({ form }) => form["grant_type"]?.[0] === "refresh_token");
  const [known] = provider.families;
  const stored = refreshes.at(-1)?.form["refresh_token"]?.[0];
  if (known === undefined || stored === undefined) return null;
  if (stored === known.current) return wasRefusedLong(refreshes) ? "invalid_grant for the retention time" : null;
  const next = known.refreshTokens[known.refreshTokens.indexOf(stored) + 1];
  const request = refreshes.find(({ issued }) => issued === next);
  if (request === undefined) return null;
  if (!wasAnswered(request)) return `the provider dropped its answer (${request.outcome})`;
  const previous = refreshes[refreshes.indexOf(request) - 1];
  const seen: Seen = { request, previous, ended: request.ended ?? Date.now(), family, history };
  const following = refreshes[refreshes.indexOf(request) + 1];
  if (wasLate(seen, round) && !wasServed(seen, following?.at ?? Date.now()))
    return "the provider's answer came too late";
  const span = { started: request.at, ended: Math.max(seen.ended, ...waitingAt(seen)) + COMMIT_MILLISECONDS };
  const fell = ({ from, to }: Span) => overlaps(span, { from, to }) && !wasServed(seen, from);
  if (round.kills.some(fell)) return "the server was killed before the commit";
  const resets = history.resets.filter((reset) => reset.kind === "grant" && reset.family === family);
  return resets.some(fell) ? "the login's object was reset before the commit" : null;
}

/** A refresh as the provider saw it, and the one before. */
interface Seen {
  readonly request: ProviderRequest;
  readonly previous: ProviderRequest | undefined;
  /** When its answer had left. */
  readonly ended: number;
  readonly family: Family;
  readonly history: Recorded;
}

function exchangesOf({ family, history }: Seen): readonly Call[] {
  return history.calls.filter(({ operation, token }) => operation === "exchange" && token?.family === family);
}

/**
 * The time limit runs from the sending. A busy machine sees the answer late: who waits is answered after three seconds at
 * most, so that a call which was still unanswered when the limit was over shows that the server stood still.
 */
function wasLate(seen: Seen, round: RoundRecord): boolean {
  const limit = earliestSending(seen, round) + LIMIT_MILLISECONDS;
  return seen.ended > limit || waitingAt(seen).some((answered) => answered > limit);
}

/** Of those who waited when the provider's answer left: when they were answered themselves. */
function waitingAt(seen: Seen): readonly number[] {
  return exchangesOf(seen).flatMap(({ started, ended }) =>
    started <= seen.ended && ended >= seen.ended ? [ended] : [],
  );
}

/**
 * On a busy machine the sending may be seconds before the provider sees it: not before the turn of the refresh before was
 * over, the server was there, and somebody had asked who still waited then, or had got no answer until then.
 */
function earliestSending(seen: Seen, { kills }: RoundRecord): number {
  const { request, previous } = seen;
  const over = previous?.ended ?? 0;
  const asking = exchangesOf(seen).filter(
    ({ started, ended, outcome, status }) =>
      started <= request.at &&
      (ended >= request.at || outcome === "unknown" || ((status ?? 0) >= 500 && ended >= over)),
  );
  const asked = Math.min(request.at, ...asking.map(({ started }) => started));
  const starts = kills.filter(({ to }) => to <= request.at).map(({ to }) => to);
  return Math.max(asked, over, ...starts);
}

/** Somebody arrived too late for the refresh before, and was given an access token in time: what was answered then was stored. */
function wasServed(seen: Seen, until: number): boolean {
  const before = seen.previous?.at ?? 0;
  return exchangesOf(seen).some(({ outcome, started, ended }) => outcome === "ok" && started > before && ended < until);
}

/** Whether its answer left the provider, with the refresh token that it made. */
export function wasAnswered({ outcome }: Pick<ProviderRequest, "outcome">): boolean {
  return outcome === 200 || outcome === 201;
}

/** An unbroken series of refusals as long as the retention time ends the login. */
export function wasRefusedLong(refreshes: readonly ProviderRequest[]): boolean {
  let since: number | null = null;
  for (const { at, outcome } of refreshes) {
    if (wasAnswered({ outcome })) since = null;
    else if (outcome === 400) since ??= at;
    if (since !== null && at - since >= TIMES.RETENTION_SECONDS * 1000 - 1000) return true;
  }
  return false;
}
