/**
 * What an object has to do later: a table `due(kind, at, tries)`, and one alarm at the earliest `at` (DESIGN §5, End of
 * life). Alarms fire at least once, so every handler repeats safely.
 */
import { nowSeconds } from "../clock.ts";
import { logAlarmFailure } from "../log.ts";
import { hasTable } from "./has-table.ts";

/**
 * One row per kind: at most one appointment of a kind at a time. This table stays as it is: an alarm reads it before the
 * object's tables are completed (tables.ts), so that where a step fails what is due waits.
 */
export const DUE_SCHEMA =
  "CREATE TABLE due (kind TEXT PRIMARY KEY, at INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;";

const FIRST_RETRY_SECONDS = 5;
const LONGEST_RETRY_SECONDS = 3600;

/** Makes an appointment, or moves it to an earlier time. Call `setAlarm` after the transaction that did so. */
export function makeDue(sql: SqlStorage, kind: string, at: number): void {
  sql.exec(
    "INSERT INTO due (kind, at) VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET at = min(at, excluded.at), tries = 0",
    kind,
    at,
  );
}

/** Makes an appointment or moves it, to an earlier or a later time. */
export function moveDue(sql: SqlStorage, kind: string, at: number): void {
  sql.exec("INSERT INTO due (kind, at) VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET at = excluded.at", kind, at);
}

/** Cancels an appointment. */
export function clearDue(sql: SqlStorage, kind: string): void {
  sql.exec("DELETE FROM due WHERE kind = ?", kind);
}

/** Sets the object's alarm to the earliest appointment, in the same commit as the writes of this turn. */
export async function setAlarm(storage: DurableObjectStorage): Promise<void> {
  const at = earliest(storage.sql);
  if (at !== null) await storage.setAlarm(at * 1000);
}

function earliest(sql: SqlStorage): number | null {
  return sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM due").one().at;
}

/** Bounded work for one kind. It returns when to come again, or `null` when there is nothing left to do. */
export type DueHandler = (now: number) => Promise<number | null>;

/**
 * The body of an object's `alarm`: sets the next alarm first (a crash in a handler repeats it), runs what is due, and
 * never throws, because the platform gives up on an alarm that keeps throwing. `handlers` may: with broken settings, or
 * tables that cannot be completed, there are none, and what is due waits.
 */
export async function runDue(
  storage: DurableObjectStorage,
  handlers: () => Readonly<Record<string, DueHandler>>,
): Promise<void> {
  const now = nowSeconds();
  if (!hasTable(storage.sql, "due")) return;
  await storage.setAlarm((now + FIRST_RETRY_SECONDS) * 1000);
  const rows = storage.sql
    .exec<{ kind: string; tries: number }>("SELECT kind, tries FROM due WHERE at <= ? ORDER BY at", now)
    .toArray();
  for (const { kind, tries } of rows) {
    try {
      const next = (await handlers()[kind]?.(now)) ?? null;
      // A handler may have emptied the object.
      if (!hasTable(storage.sql, "due")) return;
      if (next === null) clearDue(storage.sql, kind);
      else storage.sql.exec("UPDATE due SET at = ?, tries = 0 WHERE kind = ?", next, kind);
    } catch (error) {
      logAlarmFailure(kind, error);
      if (!hasTable(storage.sql, "due")) return;
      const wait = Math.min(LONGEST_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** Math.min(tries, 10));
      storage.sql.exec("UPDATE due SET at = ?, tries = tries + 1 WHERE kind = ?", now + wait, kind);
    }
  }
  const at = earliest(storage.sql);
  if (at === null) await storage.deleteAlarm();
  else await storage.setAlarm(at * 1000);
}
