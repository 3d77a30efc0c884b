/** Invariant 2: one live sequence number. */
import type { Call, Recorded, Token } from "../model.ts";
import { isJwt, seqNoOf } from "../tokens.ts";
import { mayHaveEnded } from "./revocation.ts";
import type { Finding, Rule } from "./rule.ts";

export const oneSuccessor: Rule = (round) =>
  round.histories.flatMap((history) =>
    history.tokens.flatMap((token): Finding[] => {
      const found = (what: string) => ({
        rule: "one live seq_no",
        history: history.seed,
        what: `token ${token.momId}: ${what}`,
      });
      const forks = [...token.texts].map(([seqNo, texts]) => ({ seqNo, jwts: [...texts].filter(isJwt).length }));
      return [
        ...forks.filter(({ jwts }) => jwts > 1).map(({ seqNo, jwts }) => found(`${jwts} JWTs with seq_no ${seqNo}`)),
        ...outdatedUses(history, token).map((seqNo) =>
          found(`seq_no ${seqNo} works, although a later one was presented`),
        ),
        ...deadSuccessors(history, token).map((seqNo) =>
          found(`a text with seq_no ${seqNo} is dead, although none replaced it: it has a twin`),
        ),
      ];
    }),
  );

/** Texts that worked although a later one had been used before: then neither is a repeat of the other. */
function outdatedUses(history: Recorded, token: Token): number[] {
  const used = history.calls.filter(
    (call) => call.token === token && call.operation === "exchange" && call.outcome === "ok",
  );
  const seqNo = (call: Call): number => seqNoOf(token, call.presented) ?? 0;
  return used
    .filter((call) => used.some((later) => later.ended < call.started && seqNo(later) > seqNo(call)))
    .map(seqNo)
    .filter((found) => found > 0);
}

/**
 * Of successors that are short tokens the JWT behind them is not seen. But of two JWTs with one `seq_no` one is dead, and
 * with it the short tokens for it: a text is refused although nobody had replaced it, or asked the token to end.
 */
function deadSuccessors(history: Recorded, token: Token): number[] {
  const isLost = history.standings.some(
    ({ family, exchanged }) => family === token.family && exchanged.outcome !== "ok",
  );
  if (token.autoRevoke === null || isLost || mayHaveEnded(history, token)) return [];
  const uses = history.calls.filter((call) => call.token === token && call.presented !== null);
  const isReplaced = (call: Call, seqNo: number) =>
    uses.some(
      (other) =>
        other !== call &&
        other.operation === "exchange" &&
        other.started <= call.ended &&
        (seqNoOf(token, other.presented) ?? 0) >= seqNo,
    );
  return uses.flatMap((call) => {
    const seqNo = seqNoOf(token, call.presented);
    const isDead = !call.isCalm && call.status === 401 && seqNo !== null && !isReplaced(call, seqNo);
    return isDead ? [seqNo] : [];
  });
}
