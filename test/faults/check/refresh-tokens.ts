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

/** Between the provider's answer and our commit a kill may fall: a busy server takes its time. */
export const COMMIT_MILLISECONDS = 2000;

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

/** Evidence for whoever has to explain it: milliseconds since the login, refresh tokens by their number. */
function timeline({ family, provider }: Standing, history: Recorded, round: RoundRecord): string {
  const [first] = provider.requests;
  const since = (time: number | undefined) => (time ?? Number.NaN) - (first?.at ?? 0);
  const numberOf = (token: string | undefined) => provider.families[0]?.refreshTokens.indexOf(token ?? "") ?? -1;
  const moments = [
    ...provider.requests.map(({ at, ended, endpoint, form, issued, outcome }) => ({
      at,
      what: `${endpoint} with ${numberOf(form["refresh_token"]?.[0])} gave ${numberOf(issued)}: ${outcome} at ${since(ended)}`,
    })),
    ...round.kills.map(({ from, to }) => ({ at: from, what: `killed until ${since(to)}` })),
    ...history.resets
      .filter((reset) => reset.family === family)
      .map(({ kind, from, to }) => ({ at: from, what: `${kind} reset until ${since(to)}` })),
    ...history.calls
      .filter(({ operation, token }) => operation === "exchange" && token?.family === family)
      .map(({ started, ended, outcome, status }) => ({
        at: started,
        what: `exchange: ${outcome} ${status} at ${since(ended)}`,
      })),
  ];
  return moments
    .sort((one, other) => one.at - other.at)
    .map(({ at, what }) => `${since(at)} ${what}`)
    .join("; ");
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
  const ended = request.ended ?? Date.now();
  const previous = refreshes[refreshes.indexOf(request) - 1];
  const sent = earliestSending(request, previous, family, history, round);
  if (ended - sent > TIMES.PROVIDER_LIMIT_SECONDS * 1000 - 200) return "the provider's answer came too late";
  const span = { started: request.at, ended: ended + COMMIT_MILLISECONDS };
  const before = previous?.at ?? 0;
  const fell = ({ from, to }: Span) =>
    overlaps(span, { from, to }) && !history.calls.some((call) => isServed(call, family, before, from));
  if (round.kills.some(fell)) return "the server was killed before the commit";
  const resets = history.resets.filter((reset) => reset.kind === "grant" && reset.family === family);
  return resets.some(fell) ? "the login's object was reset before the commit" : null;
}

/**
 * The time limit runs from the sending, which on a busy machine may be seconds before the provider sees it: not before
 * the turn of the refresh before was over, the server was there, and somebody who still waited had asked.
 */
function earliestSending(
  request: ProviderRequest,
  previous: ProviderRequest | undefined,
  family: Family,
  { calls }: Recorded,
  { kills }: RoundRecord,
): number {
  const waiting = calls.filter(
    ({ operation, token, started, ended, outcome }) =>
      operation === "exchange" &&
      token?.family === family &&
      started <= request.at &&
      (ended >= request.at || outcome === "unknown"),
  );
  const asked = Math.min(request.at, ...waiting.map(({ started }) => started));
  const starts = kills.filter(({ to }) => to <= request.at).map(({ to }) => to);
  return Math.max(asked, previous?.ended ?? 0, ...starts);
}

/** Arrived too late for the refresh before, and was given an access token in time: what was answered then was stored. */
function isServed(call: Call, family: Family, before: number, until: number): boolean {
  const { operation, token, outcome, started, ended } = call;
  return operation === "exchange" && token?.family === family && outcome === "ok" && started > before && ended < until;
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
