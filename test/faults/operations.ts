/** What is done with the tokens of a history, by several at once. */
import type { Random } from "./random.ts";
import { type History, sleep } from "./history.ts";
import { login, note, remember, tokenOf } from "./login.ts";
import type { Call, Code, Token } from "./model.ts";

const MY = "/api/v0/token/my";
/** After a lost answer, with the text that may be outdated. */
const REPEATS = 4;
const REVOKE = "/api/v0/token/revoke";

export type Action = (history: History, random: Random) => Promise<void>;

export const ACTIONS = {
  exchange: async (history, random) => {
    const token = pickToken(history, random, ({ autoRevoke }) => autoRevoke === null);
    if (!token) return;
    const callers = token.usagesAT === null ? random.integer(1, 3) : random.integer(2, token.usagesAT + 2);
    await together(callers, () => exchange(history, random, token));
  },
  rotate: async (history, random) => {
    const token = pickToken(history, random, ({ autoRevoke }) => autoRevoke !== null);
    if (token) await inTurn(token, () => rotate(history, random, token, random.integer(1, 3)));
  },
  subtoken: async (history, random) => {
    const parent = pickToken(history, random, ({ mayCreate, autoRevoke }) => mayCreate && autoRevoke === null);
    if (parent) await together(random.integer(1, 2), () => subtoken(history, random, parent));
  },
  transfer: async (history, random) => {
    const token = pickToken(history, random, ({ autoRevoke }) => autoRevoke === null);
    if (!token) return;
    const hangUp = history.hangUp(random);
    const request = { mytoken: token.text };
    const { body } = await history.send("/api/v0/token/transfer", request, { operation: "transfer", token, hangUp });
    if (typeof body["transfer_code"] !== "string") return;
    const code: Code = { kind: "transfer", text: body["transfer_code"], token };
    history.codes.push(code);
    await redeem(history, random, code);
  },
  redeem: async (history, random) => {
    const codes = history.codes.filter(({ kind }) => kind === "transfer");
    if (codes.length > 0) await redeem(history, random, random.pick(codes));
  },
  introspect: async (history, random) => {
    const token = pickToken(history, random, () => true);
    if (!token) return;
    const hangUp = history.hangUp(random);
    await inTurn(token, () => info(history, token, "introspect", hangUp));
  },
  revoke: async (history, random) => {
    const token = pickToken(history, random, ({ parent }) => parent !== null);
    if (!token) return;
    const recursive = random.chance(0.6);
    const hangUp = history.hangUp(random);
    if (token.autoRevoke === null && random.chance(0.5)) {
      const request = { token: token.text, recursive };
      await history.send(REVOKE, request, { operation: "revoke_own", token, about: token, recursive, hangUp });
    } else {
      const root = rootOf(token);
      const request = { token: root.text, mom_id: token.momId, recursive };
      const wanted = { operation: "revoke_other", token: root, about: token, recursive, hangUp } as const;
      await history.send(REVOKE, request, wanted);
    }
  },
  login: async (history, random) => {
    if (history.families.length < 4) await login(history, random, true);
  },
} satisfies Readonly<Record<string, Action>>;

export const WEIGHTS: Readonly<Record<keyof typeof ACTIONS, number>> = {
  exchange: 30,
  rotate: 18,
  subtoken: 16,
  transfer: 8,
  redeem: 3,
  introspect: 8,
  revoke: 4,
  login: 2,
};

/** An access token for the token, once. Successors are remembered as texts of it. */
export async function exchange(history: History, random: Random, token: Token): Promise<Call> {
  const hangUp = history.hangUp(random);
  const request = { grant_type: "mytoken", mytoken: token.text };
  const call = await history.send("/api/v0/token/access", request, { operation: "exchange", token, hangUp });
  const successor = successorIn(call);
  if (successor !== null) note(token, successor);
  return call;
}

/** Several exchanges with one text of a rotating token; then its holder goes on with the successor. */
export async function rotate(history: History, random: Random, token: Token, callers: number): Promise<void> {
  if (token.mayBeOutdated) return;
  let calls = await together(callers, () => exchange(history, random, token));
  let isUncertain = false;
  for (let repeats = 0; ; repeats++) {
    const successor = calls.map(successorIn).find((text) => text !== null);
    if (successor) return remember(token, successor);
    isUncertain ||= calls.some(({ outcome, status }) => outcome !== "refused" || status === 503 || status === 500);
    if (!isUncertain) return;
    if (repeats === REPEATS || calls.some(({ status }) => status === 401)) break;
    calls = [await exchange(history, random, token)];
  }
  token.mayBeOutdated = true;
}

async function subtoken(history: History, random: Random, parent: Token): Promise<void> {
  const shape = random.weighted({ free: 3, limited: 4, rotating: 4, expiring: 1 });
  const responseType = random.weighted({ token: 6, short_token: 2, transfer_code: 2 });
  const request = {
    grant_type: "mytoken",
    mytoken: parent.text,
    capabilities: random.chance(0.4) ? ["AT", "tokeninfo", "create_mytoken"] : ["AT", "tokeninfo"],
    response_type: responseType,
    ...(shape === "limited" && { restrictions: [{ usages_AT: random.integer(1, 5) }] }),
    ...(shape === "expiring" && { restrictions: [{ exp: Math.floor(Date.now() / 1000) + random.integer(2, 6) }] }),
    ...(shape === "rotating" && { rotation: { on_AT: true, auto_revoke: random.chance(0.5) } }),
  };
  const hangUp = history.hangUp(random);
  const { outcome, body } = await history.send(MY, request, { operation: "subtoken", token: parent, hangUp });
  if (outcome !== "ok") return;
  if (typeof body["transfer_code"] !== "string") return void tokenOf(history, parent.family, parent, body);
  const token = tokenOf(history, parent.family, parent, body);
  const code: Code = { kind: "transfer", text: body["transfer_code"], token };
  history.codes.push(code);
  if (random.chance(0.8)) await redeem(history, random, code);
}

/** Several at once: one of them gets the token. */
async function redeem(history: History, random: Random, code: Code): Promise<void> {
  if (random.chance(0.2)) await sleep(random.integer(0, 300));
  const request = { grant_type: "transfer_code", transfer_code: code.text };
  const calls = await together(random.integer(1, 3), () =>
    history.send(MY, request, { operation: "redeem", about: code, hangUp: history.hangUp(random) }),
  );
  const text = calls.find(({ outcome }) => outcome === "ok")?.body["mytoken"];
  if (typeof text === "string" && code.token?.text === "") remember(code.token, text);
}

/** Asks tokeninfo. */
export function info(history: History, token: Token, action: "introspect" | "event_history", hangUp: number | null) {
  const operation = action === "introspect" ? "introspect" : "history";
  return history.send("/api/v0/tokeninfo", { action, mytoken: token.text }, { operation, token, hangUp });
}

export function rootOf(token: Token): Token {
  return token.parent === null ? token : rootOf(token.parent);
}

/** One after the other, with a token that rotates: a second text in use would be reuse. */
export async function inTurn<Value>(token: Token, use: () => Promise<Value>): Promise<Value> {
  const before = token.turn;
  const mine = before.then(use, use);
  token.turn = mine.catch(() => undefined);
  return mine;
}

/** A token of the history whose text is known, dead ones among them: those must stay dead. */
function pickToken(history: History, random: Random, fits: (token: Token) => boolean): Token | null {
  const tokens = history.tokens.filter((token) => token.text !== "" && fits(token));
  if (tokens.length === 0) return null;
  // The newer ones more often: the old are dead, or used up.
  const newest = tokens.slice(-5);
  return random.pick(random.chance(0.6) ? newest : tokens);
}

function successorIn({ body }: Call): string | null {
  const update = body["token_update"] as { mytoken?: string } | undefined;
  return update?.mytoken ?? null;
}

function together<Value>(count: number, make: () => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: count }, make));
}
