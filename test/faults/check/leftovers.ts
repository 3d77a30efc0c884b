/** Invariant 9: nothing of what has ended stays. Invariant 7, as far as bytes show it: no refresh token and no mytoken in the clear. */
import type { Leftover } from "../disk.ts";
import type { Family, Recorded } from "../model.ts";
import { isLost, mayBeCollected, mayLiveOnBelow } from "../unheld.ts";
import type { Finding, Rule } from "./rule.ts";

export const nothingStays: Rule = (round) =>
  round.leftovers.map(({ kind, user, flowId, what }): Finding => {
    const families = round.histories.flatMap((history) => history.families.map((family) => ({ history, family })));
    const owner = families.find(({ family }) => family.user === user || (flowId !== null && family.flowId === flowId));
    const isListed = owner !== undefined && mayStay(owner.history, owner.family, kind, round.isPatient);
    const text = `${user ?? flowId}: ${kind}: ${what}`;
    return { rule: "nothing stays", history: owner?.history.seed ?? 0, what: text, ...(isListed && { isListed }) };
  });

/**
 * The token of a login whose answer was lost has no holder who could end it; a login cut in its exchange takes a minute.
 * Nor has a subtoken, once its root is gone.
 */
function mayStay(history: Recorded, family: Family, kind: Leftover["kind"], isPatient: boolean): boolean {
  if (kind !== "authorization" && mayLiveOnBelow(history, family)) return true;
  if (!isLost(history, family)) return false;
  return !isPatient || (mayBeCollected(history, family) && kind !== "authorization");
}

export const nothingExposed: Rule = (round) =>
  round.exposed.map((file) => ({
    rule: "sealed",
    history: 0,
    what: `${file} holds a refresh token, a mytoken or a code in the clear`,
  }));
