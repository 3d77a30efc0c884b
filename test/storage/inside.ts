/** The objects of a login, seen from inside: their rows, their tables, their alarms at a time of one's choice. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { type Flow, readFlow } from "../../src/objects/authorization/schema.ts";
import { type LoginRow, readLogin } from "../../src/objects/grant/schema.ts";
import { readToken, type StoredToken } from "../../src/objects/mytoken/schema.ts";
import {
  type Answer,
  type From,
  type LoginOptions,
  poll as pollFrom,
  start,
  type StartedFlow,
} from "../fixtures/client.ts";

/** Any of the three kinds of object. */
export type AnyObject = DurableObjectStub;

/** The object of a flow; its name is the head of each of its codes. */
export function flowObject(flow: Pick<StartedFlow, "consentPath">) {
  return env.AUTHORIZATION.getByName(flowIdIn(flow));
}

export function flowIdIn({ consentPath }: Pick<StartedFlow, "consentPath">): string {
  return consentPath.slice("/c/".length, "/c/".length + 8);
}

/** The flow as it is stored. */
export function flowRow(flow: Pick<StartedFlow, "consentPath">): Promise<Flow | null> {
  return runInDurableObject(flowObject(flow), (_, state) => readFlow(state.storage.sql));
}

/** The grant of a flow that has been at the provider. */
export async function grantObject(flow: Pick<StartedFlow, "consentPath">) {
  const grantId = (await flowRow(flow))?.grant_id;
  if (!grantId) throw new Error("the flow has no grant yet");
  return env.GRANT.getByName(grantId);
}

export function loginRow(grant: Awaited<ReturnType<typeof grantObject>>): Promise<LoginRow | null> {
  return runInDurableObject(grant, (_, state) => readLogin(state.storage.sql));
}

/** State by `mom_id`: who is in the family. */
export function members(grant: Awaited<ReturnType<typeof grantObject>>): Promise<Record<string, string>> {
  return runInDurableObject(grant, (_, state) => {
    if (!readLogin(state.storage.sql)) return {};
    const rows = state.storage.sql
      .exec<{ mom_id: string; state: string }>("SELECT mom_id, state FROM member")
      .toArray();
    return Object.fromEntries(rows.map((row) => [row.mom_id, row.state]));
  });
}

export function tokenRow(momId: string): Promise<StoredToken | null> {
  return runInDurableObject(env.MYTOKEN.getByName(momId), (_, state) => readToken(state.storage.sql));
}

/** Names of the tables of an object; an empty object has none. */
export function tables(object: AnyObject): Promise<readonly string[]> {
  return runInDurableObject(object, (_, state) => tableNames(state.storage.sql));
}

export function tableNames(sql: SqlStorage): readonly string[] {
  const rows = sql.exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'").toArray();
  return rows.map(({ name }) => name).filter((name) => !name.startsWith("_cf_"));
}

/** Lets the clock of Worker and objects go on by some seconds, from where it stands. Undone by `vi.useRealTimers`. */
export function later(seconds: number): void {
  const now = Date.now();
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime(now + seconds * 1000);
}

/** Runs everything of an object that is due now, by its alarm. Fails if something stays due and no alarm is set for it. */
export async function runAlarms(object: AnyObject): Promise<void> {
  for (let round = 0; round < 60; round++) {
    const { due, alarm } = await runInDurableObject(object, async (_, { storage }) => ({
      due: tableNames(storage.sql).includes("due") ? earliestDue(storage.sql) : null,
      alarm: await storage.getAlarm(),
    }));
    if (due === null || due * 1000 > Date.now()) return;
    if (alarm !== null && alarm <= Date.now()) await runDurableObjectAlarm(object);
    // An alarm that is set for now comes by itself: then it is at work already.
    else await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error("something stays due, and no alarm comes");
}

function earliestDue(sql: SqlStorage): number | null {
  return sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM due").one().at;
}

/** An address that nobody else has: the limit for strangers counts by address, over all test files of a run. */
export function elsewhere(): From {
  const [first = 0, second = 0, third = 0] = crypto.getRandomValues(new Uint8Array(3));
  return { address: `10.${first}.${second}.${third}` };
}

/** Starts a login from an address of its own. */
export function begin(options: LoginOptions = {}): Promise<StartedFlow> {
  return start({ from: elsewhere(), ...options });
}

/** Polls once, from an address of its own: codes that are over count as unknown. */
export function poll(flow: StartedFlow, from = elsewhere()): Promise<Answer> {
  return pollFrom(flow, from);
}

/** Stops the clock of Worker and objects, so that a step more or less takes no second. */
export function stopClock(): void {
  later(0);
}
