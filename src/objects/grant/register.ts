/**
 * The family register: who in the family is alive. States: `joining` (being made), `live`, `revoked` and `dropped`
 * (still to be told), `gone` (told). A row stays while another names it as parent, because revocation and the question
 * for ancestors walk through the dead. All verbs are synchronous: they run whole between two events of the object.
 */

export type MemberState = "joining" | "live" | "revoked" | "dropped" | "gone";

/** The state of a member, or `null` if it never joined or its row has been pruned. */
export function memberState(sql: SqlStorage, momId: string): MemberState | null {
  const row = sql.exec<{ state: MemberState }>("SELECT state FROM member WHERE mom_id = ?", momId).toArray()[0];
  return row?.state ?? null;
}

/** Step 1 of creation: enters a token as `joining`. Idempotent. False if its parent is not alive or it already left. */
export function joinMember(sql: SqlStorage, momId: string, parent: string | null, now: number): boolean {
  const state = memberState(sql, momId);
  if (state !== null) return state === "joining";
  if (parent !== null && memberState(sql, parent) !== "live") return false;
  sql.exec("INSERT INTO member (mom_id, parent, state, since) VALUES (?, ?, 'joining', ?)", momId, parent, now);
  return true;
}

/** Step 3 of creation: `joining` becomes `live`. False from any other state (revoked or dropped meanwhile). */
export function confirmMember(sql: SqlStorage, momId: string, now: number): boolean {
  const changed = sql.exec(
    "UPDATE member SET state = 'live', since = ? WHERE mom_id = ? AND state = 'joining' RETURNING mom_id",
    now,
    momId,
  );
  return changed.toArray().length > 0;
}

/** A member that ended by itself (expiry) leaves; it need not be told. */
export function leaveMember(sql: SqlStorage, momId: string, now: number): void {
  sql.exec("UPDATE member SET state = 'gone', since = ? WHERE mom_id = ? AND state <> 'gone'", now, momId);
}

/** Marks a member, and with `recursive` everything below it, through dead rows: one statement. Returns how many it ended. */
export function revokeMembers(sql: SqlStorage, momId: string, recursive: boolean, now: number): number {
  const below = recursive ? "UNION SELECT member.mom_id FROM member JOIN below ON member.parent = below.mom_id" : "";
  return sql
    .exec(
      `WITH RECURSIVE below (mom_id) AS (SELECT ? ${below})
       UPDATE member SET state = 'revoked', since = ?
       WHERE mom_id IN (SELECT mom_id FROM below) AND state IN ('joining', 'live') RETURNING mom_id`,
      momId,
      now,
    )
    .toArray().length;
}

/** Ends every member: the login itself is over. */
export function revokeAllMembers(sql: SqlStorage, now: number): void {
  sql.exec("UPDATE member SET state = 'revoked', since = ? WHERE state IN ('joining', 'live')", now);
}

/** Drops members that have been `joining` since before `until`: nobody was ever given their text. Returns how many. */
export function dropJoining(sql: SqlStorage, until: number, now: number): number {
  return sql
    .exec(
      "UPDATE member SET state = 'dropped', since = ? WHERE state = 'joining' AND since <= ? RETURNING mom_id",
      now,
      until,
    )
    .toArray().length;
}

/** Whether anybody is alive or being made. */
export function hasMembers(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM member WHERE state IN ('joining', 'live') LIMIT 1").toArray().length > 0;
}

/** The earliest `since` of a state, or `null`. */
export function earliestIn(sql: SqlStorage, state: MemberState): number | null {
  const row = sql.exec<{ since: number | null }>("SELECT min(since) AS since FROM member WHERE state = ?", state).one();
  return row.since;
}

/** Whether `ancestor` is `momId` itself or stands above it, dead or alive. */
export function isAncestor(sql: SqlStorage, ancestor: string, momId: string): boolean {
  const rows = sql.exec(
    `WITH RECURSIVE above (mom_id) AS (
       SELECT mom_id FROM member WHERE mom_id = ?
       UNION SELECT member.parent FROM member JOIN above ON member.mom_id = above.mom_id WHERE member.parent IS NOT NULL)
     SELECT 1 FROM above WHERE mom_id = ?`,
    momId,
    ancestor,
  );
  return rows.toArray().length > 0;
}

/** Those of `momIds` that are `ancestor` itself or stand below it, dead or alive. */
export function descendantsAmong(sql: SqlStorage, ancestor: string, momIds: readonly string[]): readonly string[] {
  return momIds.filter((momId) => isAncestor(sql, ancestor, momId));
}

/** The living below a member, at most `limit`; what lives below the dead counts. */
export function descendants(sql: SqlStorage, momId: string, limit: number): readonly string[] {
  return sql
    .exec<{ mom_id: string }>(
      `WITH RECURSIVE below (mom_id) AS (
         SELECT mom_id FROM member WHERE parent = ?
         UNION SELECT member.mom_id FROM member JOIN below ON member.parent = below.mom_id)
       SELECT mom_id FROM member JOIN below USING (mom_id) WHERE state = 'live' LIMIT ?`,
      momId,
      limit,
    )
    .toArray()
    .map((row) => row.mom_id);
}

/** Members that must still be told that they ended, at most `limit`. */
export function untoldMembers(sql: SqlStorage, limit: number): { mom_id: string; state: "revoked" | "dropped" }[] {
  return sql
    .exec<{ mom_id: string; state: "revoked" | "dropped" }>(
      "SELECT mom_id, state FROM member WHERE state IN ('revoked', 'dropped') LIMIT ?",
      limit,
    )
    .toArray();
}

/** Records that a member has been told. */
export function markTold(sql: SqlStorage, momId: string, now: number): void {
  sql.exec(
    "UPDATE member SET state = 'gone', since = ? WHERE mom_id = ? AND state IN ('revoked', 'dropped')",
    now,
    momId,
  );
}

/** Deletes dead leaves that have been gone since before `until`, at most `limit`; returns how many. */
export function pruneMembers(sql: SqlStorage, until: number, limit: number): number {
  return sql
    .exec(
      `DELETE FROM member WHERE mom_id IN (
         SELECT mom_id FROM member AS leaf WHERE state = 'gone' AND since <= ?
         AND NOT EXISTS (SELECT 1 FROM member AS child WHERE child.parent = leaf.mom_id) LIMIT ?) RETURNING mom_id`,
      until,
      limit,
    )
    .toArray().length;
}

/** Since when the first of the dead leaves has been gone, or `null`. */
export function earliestDeadLeaf(sql: SqlStorage): number | null {
  const row = sql
    .exec<{ since: number | null }>(
      `SELECT min(since) AS since FROM member AS leaf WHERE state = 'gone'
       AND NOT EXISTS (SELECT 1 FROM member AS child WHERE child.parent = leaf.mom_id)`,
    )
    .one();
  return row.since;
}

/** Whether the register is empty. */
export function isEmpty(sql: SqlStorage): boolean {
  return sql.exec("SELECT 1 FROM member LIMIT 1").toArray().length === 0;
}
