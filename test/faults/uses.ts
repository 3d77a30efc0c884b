/** Uses of one token by its holder: access tokens, rotation, questions about itself. */
import { type History, sleep } from "./history.ts";
import { type Call, isLate, type Token } from "./model.ts";
import type { Random } from "./random.ts";
import { isJwt, note, remember } from "./tokens.ts";

/** After a lost answer, with the text that may be outdated. */
const REPEATS = 4;
/** For want of a turn, or of an answer on a busy machine. */
const TRIES = 6;

/** An access token for the token, once. Successors are remembered as texts of it. */
export async function exchange(history: History, random: Random, token: Token): Promise<Call> {
  const hangUp = history.hangUp(random);
  const { text } = token;
  const request = { grant_type: "mytoken", mytoken: text };
  const call = await history.send("/api/v0/token/access", request, { operation: "exchange", token, hangUp });
  const successor = successorIn(call);
  if (successor !== null) note(token, successor, text);
  return call;
}

/** Repeats what was sent away for want of a turn. */
export async function exchangeSurely(history: History, random: Random, token: Token): Promise<Call> {
  for (let tries = 1; ; tries++) {
    const call = await exchange(history, random, token);
    if (!isLate(call) || tries === TRIES) return call;
    await sleep(500);
  }
}

/** Several exchanges with one text of a rotating token; then its holder goes on with the successor. */
export async function rotate(history: History, random: Random, token: Token, callers: number): Promise<void> {
  if (token.mayBeOutdated) return;
  const { text } = token;
  let calls = await together(callers, () => exchange(history, random, token));
  let isUncertain = false;
  for (let repeats = 0; ; repeats++) {
    const successors = new Set(calls.map(successorIn).filter((successor) => successor !== null));
    const [first] = successors;
    if (first !== undefined) {
      remember(token, first, text);
      return compare(history, token, [...successors]);
    }
    isUncertain ||= calls.some(({ outcome, status }) => outcome !== "refused" || status === 503 || status === 500);
    if (!isUncertain) return;
    if (repeats === REPEATS || calls.some(({ status }) => status === 401)) break;
    calls = [await exchange(history, random, token)];
  }
  token.mayBeOutdated = true;
}

/** Each caller has a short token of its own for the one successor: all of them must open it. */
async function compare(history: History, token: Token, successors: readonly string[]): Promise<void> {
  if (successors.length < 2 || successors.some(isJwt)) return;
  for (const text of successors) await info(history, token, "introspect", null, text);
}

/** Asks tokeninfo. */
export function info(
  history: History,
  token: Token,
  action: "introspect" | "event_history",
  hangUp: number | null,
  text = token.text,
) {
  const operation = action === "introspect" ? "introspect" : "history";
  return history.send("/api/v0/tokeninfo", { action, mytoken: text }, { operation, token, hangUp });
}

/** One after the other, with a token that rotates: a second text in use would be reuse. */
export async function inTurn<Value>(token: Token, use: () => Promise<Value>): Promise<Value> {
  const before = token.turn;
  const mine = before.then(use, use);
  token.turn = mine.catch(() => undefined);
  return mine;
}

export function together<Value>(count: number, make: () => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: count }, make));
}

function successorIn({ body }: Call): string | null {
  const update = body["token_update"] as { mytoken?: string } | undefined;
  return update?.mytoken ?? null;
}
