/** Invariant 6 and the rule for exceptions: no bare 500, and using a token needs neither D1 nor KV. */
import { type Call, isLate, overlaps, type Recorded } from "../model.ts";
import { TIMES } from "../world.ts";
import { troublesOf } from "./provider-troubles.ts";
import type { Finding, Rule, RoundRecord } from "./rule.ts";

export const noServerError: Rule = (round) =>
  round.histories.flatMap((history) =>
    history.calls
      // A provider's own 500 is passed on; ours names the request and nothing else.
      .filter(({ status, body }) => status === 500 && JSON.stringify(body).includes("request id"))
      .map((call): Finding => {
        const what = `${call.operation}: 500 ${JSON.stringify(call.body).slice(0, 300)}`;
        return { rule: "no bare 500", history: history.seed, what };
      }),
  );

/** Asks nobody but objects: whatever fails around them, they answer. */
const STANDING_ALONE = new Set(["introspect", "revoke_own", "revoke_other"]);
/** Asks the provider or another object as well: it answers while D1 and KV are all that is away. */
const STANDING_WITH_OTHERS = new Set(["exchange", "subtoken"]);

/** A caller who was sent away for want of a turn or an answer waited about as long. */
const WAIT_MILLISECONDS = 1000 * Math.min(TIMES.TURN_WAIT_SECONDS, TIMES.PROVIDER_WAIT_SECONDS) - 200;

export const usingStandsAlone: Rule = (round) =>
  round.histories.flatMap((history) =>
    history.calls
      .filter((call) => (call.status ?? 0) >= 500)
      .filter(
        (call) =>
          STANDING_ALONE.has(call.operation) ||
          (STANDING_WITH_OTHERS.has(call.operation) && onlyStoresWereAway(call, history, round)),
      )
      .filter((call) => ![...round.kills, ...history.resets].some((span) => overlaps(call, span)))
      .map(({ operation, status }): Finding => {
        return { rule: "using a token stands alone", history: history.seed, what: `${operation}: ${status}` };
      }),
  );

function onlyStoresWereAway(call: Call, history: Recorded, round: RoundRecord): boolean {
  const isWithin = round.outages.some(({ from, to }) => call.started >= from && call.ended <= to);
  if (!isWithin || call.needsCodes || call.token === null) return false;
  // On a busy machine a provider that does what it should is slow as well.
  if (isLate(call) && call.ended - call.started >= WAIT_MILLISECONDS) return false;
  return !troublesOf(call.token.family, history).some((span) => overlaps(call, span));
}
