/** Invariant 1: at most N access tokens, and all N where enough was tried. Invariant 5: each code is redeemed once. */
import type { Call } from "../model.ts";
import { type Finding, isUncertain, type Rule } from "./rule.ts";

export const atMostN: Rule = (round) =>
  round.histories.flatMap((history) =>
    history.tokens.flatMap((token): Finding[] => {
      const limit = token.usagesAT;
      if (limit === null) return [];
      const calls = history.calls.filter((call) => call.token === token && call.operation === "exchange");
      const ok = calls.filter(({ outcome }) => outcome === "ok").length;
      const uncertain = calls.filter((call) => isUncertain(call, history, round)).length;
      const found = { history: history.seed, rule: "at most N" };
      const figures = `token ${token.momId}: ${ok} of ${limit} access tokens, ${uncertain} uncertain`;
      if (ok > limit) return [{ ...found, what: `${figures}: too many` }];
      const usedUp = calls.some(isUsedUp);
      if (usedUp && ok + uncertain < limit) return [{ ...found, what: `${figures}, and it is used up: too few` }];
      return [];
    }),
  );

/** Refused when nothing was in flight any more: while others are, their uses may still come back. */
function isUsedUp({ isCalm, status, body }: Call): boolean {
  return isCalm && status === 403 && body["error"] === "usage_restricted";
}

export const codesOnce: Rule = (round) =>
  round.histories.flatMap((history): Finding[] => {
    const codes = new Set(history.calls.flatMap(({ about }) => (about !== null && "kind" in about ? [about] : [])));
    const twice = [...codes].flatMap((code) => {
      const redeemed = history.calls.filter(({ about, outcome }) => about === code && outcome === "ok").length;
      return redeemed > 1 ? [`a ${code.kind} code was redeemed ${redeemed} times`] : [];
    });
    return twice.map((what) => ({ rule: "codes once", history: history.seed, what }));
  });

/** The authorization code goes to the provider once, whatever becomes of the answer, or of the login. */
export const providerCodesOnce: Rule = (round) =>
  round.histories.flatMap((history) =>
    history.logins.flatMap(({ family, provider }): Finding[] => {
      const codes = provider.requests.flatMap(({ form }) => form["code"] ?? []);
      if (new Set(codes).size === codes.length) return [];
      return [{ rule: "codes once", history: history.seed, what: `${family.user}: a code went to the provider twice` }];
    }),
  );
