/** Invariant 6 and the rule for exceptions: no bare 500, and what needs no provider is answered although others are away. */
import { overlaps } from "../model.ts";
import type { Finding, Rule } from "./rule.ts";

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

const STANDING_ALONE = new Set(["introspect", "revoke_own", "revoke_other"]);

export const usingStandsAlone: Rule = (round) =>
  round.histories.flatMap((history) =>
    history.calls
      .filter((call) => STANDING_ALONE.has(call.operation) && (call.status ?? 0) >= 500)
      .filter((call) => ![...round.kills, ...history.resets].some((span) => overlaps(call, span)))
      .map(({ operation, status }): Finding => {
        return { rule: "using a token stands alone", history: history.seed, what: `${operation}: ${status}` };
      }),
  );
