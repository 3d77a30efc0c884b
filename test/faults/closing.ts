/** How a history ends, when all faults are over: every token is tried, told, revoked and tried again. */
import type { Random } from "./random.ts";
import { type History, sleep } from "./history.ts";
import { type Call, type Code, isLate, type Standing, targetOf, type Token } from "./model.ts";
import { mayHaveLostItsRoot } from "./unheld.ts";
import { exchange, exchangeSurely, info, rotate } from "./uses.ts";
import { TIMES } from "./world.ts";

const TRIES = 6;

/** No more faults; waits until no answer of the provider and no grace is outstanding. */
export async function calm(histories: readonly History[]): Promise<void> {
  for (const history of histories) {
    history.isCalm = true;
    for (const family of history.families) await history.script(family, [], true);
  }
  await sleep(1000 * (Math.max(TIMES.PROVIDER_LIMIT_SECONDS, TIMES.ROTATION_GRACE_SECONDS) + 1));
}

export async function close(history: History, random: Random): Promise<void> {
  const roots = history.tokens.filter(({ parent, text }) => parent === null && text !== "");
  for (const root of roots) history.standings.push(await standingOf(history, random, root));
  const held = history.tokens.filter(({ text, parent }) => text !== "" && parent !== null);
  for (const token of held) await tryOut(history, random, token);
  for (const token of [...roots, ...held]) await tell(history, token);
  for (const token of held) if (token.autoRevoke !== null) await tryOutdated(history, random, token);
  for (const root of roots) await revokeSurely(history, root);
  // Below a root that had ended alone each must be ended by itself.
  for (const token of held) if (mayHaveLostItsRoot(history, token.family)) await revokeSurely(history, token);
  for (const token of [...roots, ...held]) await exchange(history, random, token);
  for (const code of history.codes) await redeemAgain(history, code);
}

/** Whether the login still gives access tokens: to its root, or if that was asked to end, to somebody below. */
async function standingOf(history: History, random: Random, root: Token): Promise<Standing> {
  const { family } = root;
  let exchanged = await exchangeSurely(history, random, root);
  const wasAsked = history.calls.some((call) => targetOf(call) === root);
  const below = history.tokens.filter(
    (token) => token.family === family && token !== root && token.text !== "" && !token.mayBeOutdated,
  );
  const plainFirst = [...below].sort((one, other) => Number(isCounted(one)) - Number(isCounted(other)));
  for (const token of wasAsked ? plainFirst : []) {
    if (exchanged.status !== 401) break;
    const used = await useOnce(history, random, token);
    // Of one that is used up nobody learns whether its login works.
    if (used !== undefined && used.status !== 403) exchanged = used;
  }
  return { family, exchanged, provider: await history.providerLog(family) };
}

function isCounted({ usagesAT, autoRevoke }: Token): boolean {
  return usagesAT !== null || autoRevoke !== null;
}

async function useOnce(history: History, random: Random, token: Token): Promise<Call | undefined> {
  if (token.autoRevoke === null) return exchangeSurely(history, random, token);
  await rotate(history, random, token, 1);
  return history.calls.findLast((call) => call.token === token && call.operation === "exchange");
}

/** When everybody has ended, a code leads nowhere. */
async function redeemAgain(history: History, code: Code): Promise<void> {
  const request = { grant_type: "transfer_code", transfer_code: code.text };
  await history.send("/api/v0/token/my", request, { operation: "redeem", about: code });
}

/** As often as its clause lets it, and once more. */
async function tryOut(history: History, random: Random, token: Token): Promise<void> {
  if (token.autoRevoke !== null) {
    for (let tries = 0; tries < TRIES; tries++) {
      await rotate(history, random, token, 1);
      const last = history.calls.findLast((call) => call.token === token);
      if (last === undefined || !isLate(last)) return;
    }
    return;
  }
  for (let tries = 0; tries < (token.usagesAT ?? 0) + 1; tries++) {
    const { status } = await exchangeSurely(history, random, token);
    if (status !== 200) return;
  }
}

async function tell(history: History, token: Token): Promise<void> {
  for (let tries = 1; ; tries++) {
    const call = await info(history, token, "event_history", null);
    if (call.status === 200) {
      const events = (call.body["events"] as { event: string }[]).map(({ event }) => event);
      const newest = Math.max(0, ...token.texts.keys());
      history.told.push({ token, asked: call.started, newest, events });
      return;
    }
    // What is refused, as to a dead token, is refused the next time too.
    const isRefused = call.outcome === "refused" && (call.status ?? 0) < 500;
    if (isRefused || tries === TRIES) {
      history.untold.push({ token, call });
      return;
    }
    await sleep(300);
  }
}

/** An older text than the one before the last: reuse, which ends the token if it says so. */
async function tryOutdated(history: History, random: Random, token: Token): Promise<void> {
  const present = token.text;
  const older = [...token.texts].filter(([seqNo]) => seqNo < Math.max(...token.texts.keys()) - 1);
  for (const [, texts] of older) {
    token.text = [...texts][0]!;
    await exchange(history, random, token);
  }
  token.text = present;
  await exchange(history, random, token);
}

async function revokeSurely(history: History, token: Token): Promise<void> {
  const request = { token: token.text, recursive: true };
  const wanted = { operation: "revoke_own", token, about: token, recursive: true } as const;
  for (let tries = 0; tries < TRIES; tries++) {
    const { outcome } = await history.send("/api/v0/token/revoke", request, wanted);
    if (outcome === "ok") return;
    await sleep(300);
  }
}
