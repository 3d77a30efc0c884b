/** The end of a token: its secrets go at once, its history after the retention time (DESIGN §5, End of life). */
import { makeDue } from "../due.ts";
import type { EndedBy } from "./schema.ts";

/**
 * Marks the token ended and drops everything that opens anything: the wrapped key, short tokens, the sealed successor.
 * Synchronous; idempotent: the first end stays. Call `setAlarm` after the transaction.
 */
export function endToken(sql: SqlStorage, endedBy: EndedBy, now: number): void {
  sql.exec(
    `UPDATE token SET state = 'ended', ended = ?, ended_by = ?, wrapped_key = NULL, sealed_successor = NULL,
       predecessor_hash = NULL, directory_version = directory_version + 1 WHERE state = 'live'`,
    now,
    endedBy,
  );
  sql.exec("DELETE FROM short_token");
  makeDue(sql, "directory", now);
  makeDue(sql, "forget", now);
}
