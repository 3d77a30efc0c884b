/** The objects of a login, seen from inside: their rows, their tables, their alarms at a time of one's choice. */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { type Flow, readFlow } from "../../src/objects/authorization/schema.ts";
import { type LoginRow, readLogin } from "../../src/objects/grant/schema.ts";
import { readToken, type StoredToken } from "../../src/objects/mytoken/schema.ts";
import type { StartedFlow } from "../fixtures/client.ts";

type Row = Record<string, SqlStorageValue>;
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
    const rows = state.storage.sql.exec<Row>("SELECT mom_id, state FROM member").toArray();
    return Object.fromEntries(rows.map((row) => [String(row["mom_id"]), String(row["state"])]));
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

/** Runs everything of an object that is due now, however many alarms that takes. */
export async function runAlarms(object: AnyObject): Promise<void> {
  for (let round = 0; round < 10; round++) {
    const due = await runInDurableObject(object, async (_, state) => {
      const at = await state.storage.getAlarm();
      return at !== null && at <= Date.now();
    });
    if (!due) return;
    await runDurableObjectAlarm(object);
  }
  throw new Error("the alarm comes again and again");
}
