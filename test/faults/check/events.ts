/** The history of a token lists what happened, and nothing else. */
import type { Call, Operation, Recorded, Standing, Told, Token, Untold } from "../model.ts";
import { rootOfLogin } from "../unheld.ts";
import { mayHaveEnded } from "./revocation.ts";
import { type Finding, isUncertain, type Rule, type RoundRecord, usedBy } from "./rule.ts";

/** What a call leaves in the history of the token that it uses, if it succeeds. */
const EVENTS: Readonly<Partial<Record<Operation, string>>> = {
  exchange: "AT_created",
  subtoken: "MT_created",
  transfer: "transfer_code_created",
  redeem: "transfer_code_used",
  poll: "transfer_code_used",
  introspect: "tokeninfo_introspect",
  history: "tokeninfo_history",
  tag: "tag_added_to_token",
  revoke_other: "revoked_other_token",
};

/** How often an event must be listed, and may be. */
interface Bounds {
  least: number;
  most: number;
}

export const historyIsTrue: Rule = (round) =>
  round.histories.flatMap((history) => [
    ...history.told.flatMap((told) => faultsOf(told, history, round)),
    ...history.untold.filter((untold) => !mayBeUntold(untold, history)).map((untold) => unread(untold, history)),
  ]);

/** A token that may have ended tells nothing, nor does one whose login is lost and may have been given up. */
function mayBeUntold({ token, call }: Untold, history: Recorded): boolean {
  const isLost = ({ family, exchanged }: Standing) => family === token.family && exchanged.outcome !== "ok";
  return call.status === 401 && (mayHaveEnded(history, token) || history.standings.some(isLost));
}

function unread({ token, call }: Untold, history: Recorded): Finding {
  const what = `${token.momId}: its history cannot be read: ${call.status} ${JSON.stringify(call.body)}`;
  return { rule: "history", history: history.seed, what };
}

function faultsOf(told: Told, history: Recorded, round: RoundRecord): Finding[] {
  const bounds = boundsOf(told, history, round);
  return [...new Set([...bounds.keys(), ...told.events])].flatMap((name): Finding[] => {
    const { least, most } = bounds.get(name) ?? { least: 0, most: 0 };
    const listed = told.events.filter((event) => event === name).length;
    if (listed >= least && listed <= most) return [];
    const what = `${told.token.momId}: ${name} is listed ${listed} times, and happened ${least} to ${most} times`;
    return [{ rule: "history", history: history.seed, what }];
  });
}

function boundsOf({ token, asked, newest }: Told, history: Recorded, round: RoundRecord): Map<string, Bounds> {
  const bounds = new Map<string, Bounds>();
  const add = (name: string, { least, most }: Bounds): void => {
    const before = bounds.get(name) ?? { least: 0, most: 0 };
    bounds.set(name, { least: before.least + least, most: before.most + most });
  };
  const once = { least: 1, most: 1 };
  add("created", once);
  if (token.parent !== null) add("inherited_RT", once);
  if (token.form === "transfer_code") add("transfer_code_created", once);
  for (const call of history.calls) {
    const name = EVENTS[call.operation];
    if (name === undefined || call.started >= asked || tokenOf(call, history) !== token) continue;
    const isUnclear = call.operation !== "poll" && isUncertain(call, history, round);
    const isOk = call.outcome === "ok";
    add(name, { least: Number(isOk), most: Number(isOk || isUnclear) });
    // A rotation shows in its answer.
    if (call.operation === "exchange" && isUnclear) add("token_rotated", { least: 0, most: 1 });
  }
  if (token.autoRevoke === null) bounds.delete("token_rotated");
  else add("token_rotated", { least: newest - 1, most: newest - 1 });
  return bounds;
}

/** The token whose history tells of a call; of a poll, which is answered once, the token that it gave. */
function tokenOf(call: Call, history: Recorded): Token | null {
  if (call.operation === "poll") return (call.family && rootOfLogin(history, call.family)) ?? null;
  return usedBy(call);
}
