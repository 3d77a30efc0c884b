/** The history of a token lists what happened, and nothing else. */
import type { Operation, Recorded, Told } from "../model.ts";
import { type Finding, isUncertain, type Rule, type RoundRecord } from "./rule.ts";

const EVENTS: readonly (readonly [Operation, string])[] = [
  ["exchange", "AT_created"],
  ["subtoken", "MT_created"],
  ["introspect", "tokeninfo_introspect"],
];

export const historyIsTrue: Rule = (round) =>
  round.histories.flatMap((history) => history.told.flatMap((told) => faultsOf(told, history, round)));

function faultsOf({ token, newest, events }: Told, history: Recorded, round: RoundRecord): Finding[] {
  const count = (name: string) => events.filter((event) => event === name).length;
  const found = (what: string): Finding => ({
    rule: "history",
    history: history.seed,
    what: `${token.momId}: ${what}`,
  });
  const findings = EVENTS.flatMap(([operation, event]) => {
    const told = history.calls.find((call) => call.token === token && call.operation === "history");
    const calls = history.calls.filter(
      (call) => call.token === token && call.operation === operation && call.started < (told?.started ?? 0),
    );
    const ok = calls.filter(({ outcome }) => outcome === "ok").length;
    const uncertain = calls.filter((call) => isUncertain(call, history, round)).length;
    const listed = count(event);
    if (listed >= ok && listed <= ok + uncertain) return [];
    return [found(`${ok} ${operation} calls succeeded, ${uncertain} are uncertain, ${listed} ${event} listed`)];
  });
  if (count("created") !== 1) findings.push(found(`created ${count("created")} times`));
  if (token.autoRevoke !== null) {
    const rotations = count("token_rotated");
    if (rotations < newest - 1) findings.push(found(`seq_no ${newest}, but ${rotations} rotations listed`));
  }
  return findings;
}
