/** Tokens that nobody of a history holds: no holder can end them. */
import { type Call, type Family, type Operation, type Recorded, targetOf, type Token, wentDown } from "./model.ts";

/** The calls of one step of a login. */
export function stepsOf(history: Recorded, family: Family, step: Operation): readonly Call[] {
  return history.calls.filter((call) => call.operation === step && call.family === family);
}

/** The first token of a login, if anybody was given it. */
export function rootOfLogin(history: Recorded, family: Family): Token | undefined {
  return history.tokens.find((token) => token.family === family && token.parent === null);
}

/** Whether every browser that came back was told that the login failed, in good order. */
export function failedInOrder(history: Recorded, family: Family): boolean {
  const returns = stepsOf(history, family, "return");
  return returns.every(({ outcome, status }) => outcome === "refused" && !wentDown(status));
}

/** Whether the server may have made a token that nobody was given, because a fault came between. */
export function isLost(history: Recorded, family: Family): boolean {
  return rootOfLogin(history, family) === undefined && !failedInOrder(history, family);
}

/** Whether its token may have been collected by an answer that never came. */
export function mayBeCollected(history: Recorded, family: Family): boolean {
  return stepsOf(history, family, "poll").some(({ outcome, status }) => outcome === "unknown" || wentDown(status));
}

/** Whether its root was asked to end alone while faults went on: who is below it may live on. */
export function mayHaveLostItsRoot(history: Recorded, family: Family): boolean {
  const root = rootOfLogin(history, family);
  return history.calls.some((call) => !call.isCalm && !call.recursive && root !== undefined && targetOf(call) === root);
}

/** Whether somebody may live on below an ended root whose text did not arrive or is outdated. */
export function mayLiveOnBelow(history: Recorded, family: Family): boolean {
  return mayHaveLostItsRoot(history, family) && mayBeUnheldBelow(history, family);
}

/** Whether there may be a subtoken whose text did not arrive or is outdated. */
export function mayBeUnheldBelow(history: Recorded, family: Family): boolean {
  const isUnheld = (token: Token) => token.family === family && token.parent !== null && token.text === "";
  const isCut = ({ operation, token, outcome, status }: Call) =>
    operation === "subtoken" && token?.family === family && (outcome === "unknown" || (status ?? 0) >= 500);
  return (
    history.tokens.some((token) => isUnheld(token) || (token.family === family && token.mayBeOutdated)) ||
    history.calls.some(isCut)
  );
}
