/** The token's own event history (token-core §16), capped: the oldest go first, in batches. */
import type { Caller } from "../../token/caller.ts";
import type { StoredToken } from "./schema.ts";

/** One line of history as `tokeninfo` shows it. */
export interface HistoryEvent {
  readonly event: string;
  readonly time: number;
  readonly comment?: string;
  readonly ip?: string;
  readonly user_agent?: string;
}

/** The reference's column; longer comments are cut (QUIRK-20). */
const COMMENT_LENGTH = 100;
/** How many events beyond the limit are collected before the oldest are deleted at once. */
const PRUNE_BATCH = 500;

/** Writes an event (names: token-core §16, extended §2.7) and returns its id, by which it can be taken back. */
export function writeEvent(
  sql: SqlStorage,
  event: string,
  comment: string | null,
  caller: Caller,
  now: number,
  limit: number,
): number {
  const { id } = sql
    .exec<{ id: number }>(
      "INSERT INTO event (time, event, comment, ip, user_agent) VALUES (?, ?, ?, ?, ?) RETURNING id",
      now,
      event,
      comment?.slice(0, COMMENT_LENGTH) ?? null,
      caller.address,
      caller.userAgent,
    )
    .one();
  if (id % PRUNE_BATCH === 0) sql.exec("DELETE FROM event WHERE id <= ?", id - limit);
  return id;
}

/** Takes an event back, together with the use that it told of. */
export function deleteEvent(sql: SqlStorage, id: number): void {
  sql.exec("DELETE FROM event WHERE id = ?", id);
}

/** Whether there is no history to tell of: revocation takes it away, expiry does not (extended §2.7). */
export function isForgotten(token: StoredToken): boolean {
  return token.state === "ended" && token.ended_by !== "expired";
}

/** The history, newest first, at most `limit` events; without the event `except`, if given. */
export function readHistory(sql: SqlStorage, limit: number, except: number | null = null): readonly HistoryEvent[] {
  return sql
    .exec<{ event: string; time: number; comment: string | null; ip: string | null; user_agent: string | null }>(
      "SELECT event, time, comment, ip, user_agent FROM event WHERE id IS NOT ? ORDER BY id DESC LIMIT ?",
      except,
      limit,
    )
    .toArray()
    .map(({ event, time, comment, ip, user_agent }) => ({
      event,
      time,
      ...(comment ? { comment } : {}),
      ...(ip ? { ip } : {}),
      ...(user_agent ? { user_agent } : {}),
    }));
}
