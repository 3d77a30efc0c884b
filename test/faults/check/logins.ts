/**
 * Invariant 3, to the end: no refresh token that the provider issued is left living there without a reason, whether its
 * login was held, lost or ended. Where nobody who ends the login can open it, or a crash fell between, it is listed.
 */
import { asksToEnd, type Call, type Family, type Login, overlaps, type Recorded, wentDown } from "../model.ts";
import {
  failedInOrder,
  mayBeCollected,
  mayBeUnheldBelow,
  mayHaveLostItsRoot,
  rootOfLogin,
  stepsOf,
} from "../unheld.ts";
import type { Span } from "../world.ts";
import { COMMIT_MILLISECONDS, LIMIT_MILLISECONDS, wasAnswered, wasRefusedLong } from "./refresh-tokens.ts";
import type { Finding, Rule, RoundRecord } from "./rule.ts";

export const noLoginOrphaned: Rule = (round) =>
  round.histories.flatMap((history) =>
    history.logins.flatMap((login): Finding[] => {
      const { family, provider } = login;
      if (provider.families.every(({ revoked }) => revoked !== null)) return [];
      const isHeld = rootOfLogin(history, family) !== undefined;
      const reason = isHeld ? whyHeldLives(login, history, round) : whyLostLives(login, history, round);
      const what = `${family.user} (${family.trait}): its refresh token lives at the provider; ${reason ?? "nothing explains that"}`;
      return [{ rule: "no login orphaned", history: history.seed, what, ...(reason !== null && { isListed: true }) }];
    }),
  );

/** Of a login that nobody was given. */
function whyLostLives({ family, provider }: Login, history: Recorded, round: RoundRecord): string | null {
  const exchange = provider.requests.find(({ form, issued }) => form["code"] !== undefined && issued !== undefined);
  if (exchange === undefined) return null;
  if (!wasAnswered(exchange)) return `the provider dropped its answer (${exchange.outcome})`;
  const returns = stepsOf(history, family, "return");
  const ended = exchange.ended ?? Date.now();
  const isLate = (call: Call) => Math.max(ended, call.ended) - call.started > LIMIT_MILLISECONDS;
  if (returns.some(isLate)) return "its answer came too late";
  // Who was told that the login failed was told after its refresh token was revoked.
  if (failedInOrder(history, family)) return null;
  const finished = returns.filter(({ outcome }) => outcome === "ok").map((call) => call.ended);
  const work = { started: exchange.at, ended: Math.min(ended + COMMIT_MILLISECONDS, ...finished) };
  const resets = history.resets.filter((reset) => reset.kind === "authorization" && reset.family === family);
  if ([...round.kills, ...resets].some((span) => overlaps(work, span))) return "a crash fell before its token was made";
  if (mayBeCollected(history, family)) return "the answer that gave its token was lost";
  const polls = stepsOf(history, family, "poll");
  if (polls.some(({ body }) => body["error"] === "expired_token")) return "nobody asked for its token in time";
  return polls.at(-1)?.status === 428 ? "nobody went on asking for its token" : null;
}

/** Of a login that somebody held, and that was ended by who held it. */
function whyHeldLives({ family, provider }: Login, history: Recorded, round: RoundRecord): string | null {
  const refreshes = provider.requests.filter(({ form }) => form["grant_type"]?.[0] === "refresh_token");
  if (wasRefusedLong(refreshes)) return "invalid_grant for the retention time";
  if (hadCrashInRevocation(history, family, round)) return "a crash fell into its revocation";
  return mayHaveLostItsRoot(history, family) && mayEndByItself(history, family)
    ? "its root ended alone, and the last below it by itself"
    : null;
}

/** The revocation at the provider follows the end of the login, and cannot be repeated (DESIGN §5). */
function hadCrashInRevocation(history: Recorded, family: Family, round: RoundRecord): boolean {
  const members = history.tokens.filter((token) => token.family === family);
  const cut = history.calls.filter(
    (call) => (call.outcome === "unknown" || wentDown(call.status)) && members.some((token) => asksToEnd(call, token)),
  );
  const resets = history.resets.filter((reset) => reset.family === family);
  const spans: readonly Span[] = [...round.kills, ...resets];
  return cut.some((call) => spans.some((span) => overlaps(call, span)));
}

/** By its deadline, by reuse, by a code that nobody redeems, by a making that was cut off: nobody can open the refresh token then. */
function mayEndByItself(history: Recorded, family: Family): boolean {
  return (
    mayBeUnheldBelow(history, family) ||
    history.tokens.some((token) => token.family === family && (token.expires || token.autoRevoke === true))
  );
}
