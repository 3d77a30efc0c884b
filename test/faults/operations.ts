/** What is done with the tokens of a history, by several at once. */
import type { Random } from "./random.ts";
import { type History, sleep } from "./history.ts";
import { login } from "./login.ts";
import { type Code, targetOf, type Token } from "./model.ts";
import { remember, tokenIn } from "./tokens.ts";
import { exchange, info, inTurn, rotate, together } from "./uses.ts";

const MY = "/api/v0/token/my";
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
    if (history.codes.length > 0) await redeem(history, random, random.pick(history.codes));
  },
  introspect: async (history, random) => {
    const token = pickToken(history, random, () => true);
    if (!token) return;
    const hangUp = history.hangUp(random);
    const action = random.chance(0.7) ? "introspect" : "event_history";
    await inTurn(token, () => info(history, token, action, hangUp));
  },
  tag: async (history, random) => {
    const token = pickToken(history, random, ({ autoRevoke }) => autoRevoke === null);
    if (!token) return;
    const hangUp = history.hangUp(random);
    const request = { mytoken: token.text, ...drawTag(random) };
    await history.send(`${MY}/tags`, request, { operation: "tag", token, hangUp });
  },
  revoke: async (history, random) => {
    const root = random.chance(0.5) ? pickRoot(history, random) : null;
    const target = root ?? pickToken(history, random, isBelowAnother);
    if (target) await revoke(history, random, target);
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
  tag: 3,
  revoke: 4,
  login: 3,
};

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
    ...(random.chance(0.2) && { tags: [drawTag(random)] }),
    ...(shape === "rotating" && { rotation: { on_AT: true, auto_revoke: random.chance(0.5) } }),
  };
  const hangUp = history.hangUp(random);
  const needsCodes = responseType === "transfer_code";
  const wanted = { operation: "subtoken", token: parent, needsCodes, hangUp } as const;
  const { outcome, body } = await history.send(MY, request, wanted);
  if (outcome !== "ok") return;
  const token = history.hold(tokenIn(parent.family, parent, body));
  if (typeof body["transfer_code"] !== "string") return;
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
  if (typeof text === "string" && code.token?.text === "") remember(code.token, text, null);
}

/** By its own text, or by `mom_id` with that of its root. */
async function revoke(history: History, random: Random, target: Token): Promise<void> {
  // Alone, a root leaves a family whose last member ends the login.
  const recursive = random.chance(0.6);
  const hangUp = history.hangUp(random);
  const isByItself = target.autoRevoke === null && random.chance(0.5);
  const token = isByItself ? target : rootOf(target);
  const request = { token: token.text, recursive, ...(!isByItself && { mom_id: target.momId }) };
  const operation = isByItself ? "revoke_own" : "revoke_other";
  await history.send(REVOKE, request, { operation, token, about: target, recursive, hangUp });
}

function drawTag(random: Random): { tag: string; include_children: boolean } {
  return { tag: `tag ${random.integer(1, 3)}`, include_children: random.chance(0.5) };
}

function rootOf(token: Token): Token {
  return token.parent === null ? token : rootOf(token.parent);
}

/** A token of the history whose text is known, dead ones among them: those must stay dead. */
function pickToken(history: History, random: Random, fits: (token: Token) => boolean): Token | null {
  const tokens = history.tokens.filter((token) => token.text !== "" && fits(token));
  if (tokens.length === 0) return null;
  // The newer ones more often: the old are dead, or used up.
  const newest = tokens.slice(-5);
  return random.pick(random.chance(0.6) ? newest : tokens);
}

function isBelowAnother({ parent }: Token): boolean {
  return parent !== null;
}

/** The root of a login that nobody asked to end, if another such login goes on. */
function pickRoot(history: History, random: Random): Token | null {
  const asked = new Set(history.calls.map(targetOf));
  const roots = history.tokens.filter((token) => token.parent === null && !asked.has(token));
  return roots.length < 2 ? null : random.pick(roots);
}
