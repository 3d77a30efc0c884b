/** Invariant 4: once a revocation is answered, no call that starts later succeeds, for any descendant. */
import { asksToEnd, type Call, isBelow, isLate, type Recorded, targetOf, type Token } from "../model.ts";
import { hasEnded } from "./refresh-tokens.ts";
import type { Finding, Rule } from "./rule.ts";

export const revokedStaysRevoked: Rule = (round) =>
  round.histories.flatMap((history) =>
    history.calls.flatMap((revocation): Finding[] => {
      const target = targetOf(revocation);
      if (target === null || revocation.outcome !== "ok") return [];
      const recursive = revocation.recursive && !mayHaveBeenDead(history, revocation, target);
      const later = history.calls.filter(
        (call) => call.started > revocation.ended && call.outcome === "ok" && uses(call, target, recursive),
      );
      return later.map(({ operation, started }) => ({
        rule: "revoked stays revoked",
        history: history.seed,
        what: `${operation} succeeded ${started - revocation.ended} ms after the answer to ${revocation.operation}`,
      }));
    }),
  );

/** By its own text a dead token is revoked without effect, so that nothing is said about what is below it. */
function mayHaveBeenDead(history: Recorded, revocation: Call, target: Token): boolean {
  if (revocation.operation !== "revoke_own") return false;
  return history.calls.some(
    (call) => call !== revocation && call.started <= revocation.ended && asksToEnd(call, target),
  );
}

function uses(call: Call, target: Token, recursive: boolean): boolean {
  // By its own text a dead token can be revoked as often as one likes: nothing happens.
  if (call.operation === "revoke_own") return false;
  const used =
    call.operation === "redeem" && call.about !== null && "kind" in call.about ? call.about.token : call.token;
  return recursive ? isBelow(used, target) : used === target;
}

/** What nobody asked to end works, if its login does. */
export const staysUsable: Rule = (round) =>
  round.histories.flatMap((history) => {
    const lost = history.standings
      .filter((standing) => standing.exchanged.outcome !== "ok" && !hasEnded(standing, history))
      .map(({ family }) => family);
    const first = (token: Token) =>
      history.calls.find(
        (call) => call.isCalm && call.token === token && call.operation === "exchange" && !isLate(call),
      );
    return history.tokens.flatMap((token): Finding[] => {
      const call = first(token);
      if (!call || call.outcome === "ok" || lost.includes(token.family) || mayHaveEnded(history, token)) return [];
      if (token.usagesAT !== null && call.status === 403) return [];
      const answer = `${call.status} ${JSON.stringify(call.body)}`;
      return [{ rule: "stays usable", history: history.seed, what: `token ${token.momId}: ${answer}` }];
    });
  });

export function mayHaveEnded(history: Recorded, token: Token): boolean {
  if (token.expires || token.mayBeOutdated || (token.parent !== null && parentExpires(token.parent))) return true;
  return history.calls.some((call) => !call.isCalm && asksToEnd(call, token));
}

function parentExpires(token: Token): boolean {
  return token.expires || (token.parent !== null && parentExpires(token.parent));
}
