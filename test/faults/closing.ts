/** How a history ends, when all faults are over: every token is tried, told, revoked and tried again. */
import type { Random } from "./random.ts";
import { type History, sleep } from "./history.ts";
import { exchange, info, rotate } from "./operations.ts";
import { type Call, isLate, type Token } from "./model.ts";
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
  for (const root of roots) {
    const exchanged = await exchangeSurely(history, random, root);
    const provider = await history.providerLog(root.family);
    history.standings.push({ family: root.family, root, exchanged, provider });
  }
  for (const family of history.families) {
    if (family.mayBeLost || history.tokens.some((token) => token.family === family)) continue;
    history.failedLogins.push({ family, provider: await history.providerLog(family) });
  }
  const held = history.tokens.filter(({ text, parent }) => text !== "" && parent !== null);
  for (const token of held) await tryOut(history, random, token);
  for (const token of [...roots, ...held]) await tell(history, token);
  for (const token of held) if (token.autoRevoke !== null) await tryOutdated(history, random, token);
  for (const root of roots) await revokeAll(history, root);
  for (const token of [...roots, ...held]) await exchange(history, random, token);
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
  const { status, body } = await info(history, token, "event_history", null);
  if (status !== 200) return;
  const events = (body["events"] as { event: string }[]).map(({ event }) => event);
  history.told.push({ token, newest: Math.max(0, ...token.texts.keys()), events });
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

async function revokeAll(history: History, root: Token): Promise<void> {
  const request = { token: root.text, recursive: true };
  const wanted = { operation: "revoke_own", token: root, about: root, recursive: true } as const;
  for (let tries = 0; tries < TRIES; tries++) {
    const { outcome } = await history.send("/api/v0/token/revoke", request, wanted);
    if (outcome === "ok") return;
    await sleep(300);
  }
}

/** Repeats what was sent away for want of a turn. */
async function exchangeSurely(history: History, random: Random, token: Token): Promise<Call> {
  for (let tries = 1; ; tries++) {
    const call = await exchange(history, random, token);
    if (!isLate(call) || tries === TRIES) return call;
    await sleep(500);
  }
}
