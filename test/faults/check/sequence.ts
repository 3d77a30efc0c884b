/** Invariant 2: one live sequence number. */
import type { Call, Recorded, Token } from "../model.ts";
import type { Finding, Rule } from "./rule.ts";

export const oneSuccessor: Rule = (round) =>
  round.histories.flatMap((history) =>
    history.tokens.flatMap((token): Finding[] => {
      const found = (what: string) => ({ rule: "one live seq_no", history: history.seed, what });
      const forks = [...token.texts].filter(([, texts]) => texts.size > 1);
      return [
        ...forks.map(([seqNo, texts]) => found(`token ${token.momId}: ${texts.size} texts with seq_no ${seqNo}`)),
        ...outdatedUses(history, token).map((seqNo) =>
          found(`token ${token.momId}: seq_no ${seqNo} works, although a later one was presented`),
        ),
      ];
    }),
  );

/** Texts that worked although a later one had been used before: then neither is a repeat of the other. */
function outdatedUses(history: Recorded, token: Token): number[] {
  const used: Call[] = history.calls.filter(
    (call) => call.token === token && call.operation === "exchange" && call.outcome === "ok",
  );
  const seqNoOf = (call: Call): number => {
    const own = [...token.texts].find(([, texts]) => texts.has(call.presented ?? ""));
    return own?.[0] ?? 0;
  };
  return used
    .filter((call) => used.some((later) => later.ended < call.started && seqNoOf(later) > seqNoOf(call)))
    .map(seqNoOf)
    .filter((seqNo) => seqNo > 0);
}
