/**
 * Check and reservation in one synchronous transaction (DESIGN §4). Durable afterwards: one use spent, its event
 * written; a crash from here on loses the use to the holder, and N holds.
 */
import type { Refusal } from "../../errors.ts";
import type { Clause } from "../../token/clause.ts";
import { judge, type PresentedText, type Use } from "../../token/judge.ts";
import { OPERATIONS } from "../../token/operations.ts";
import { clauseKey } from "../../token/restriction/key.ts";
import type { ClauseUsage } from "../../token/restriction/select.ts";
import { makeDue } from "../due.ts";
import { endToken } from "./end.ts";
import { deleteEvent, writeEvent } from "./history.ts";
import type { Prepared } from "./prepare.ts";
import { readToken, type StoredToken } from "./schema.ts";

/** A use that was reserved: what it may touch, and what to take back if nothing is handed out. */
export interface Reservation {
  readonly token: StoredToken;
  readonly clause: Clause | null;
  /** Whether this repeats a use whose answer was lost: its successor exists already. */
  readonly repeat: boolean;
  readonly counter: { readonly clause: string; readonly column: "access_tokens" | "other" } | null;
  readonly eventId: number | null;
}

export type Begun =
  | { readonly kind: "reserved"; readonly reservation: Reservation }
  | { readonly kind: "refused"; readonly refusal: Refusal }
  /** The token was outdated and says that this ends it: it and everything below must be revoked in the register. */
  | { readonly kind: "ended_by_reuse" }
  | { readonly kind: "needs_reverse_names" }
  /** The token rotated while its text was being opened. */
  | { readonly kind: "prepare_again" };

export interface EventOfUse {
  readonly name: string;
  readonly comment: string | null;
}

/** Judges and reserves. `event` stands in the history unless the use is given back. */
export function begin(
  storage: DurableObjectStorage,
  prepared: Prepared,
  use: Use,
  event: EventOfUse | null,
  now: number,
  historyLimit: number,
): Begun {
  const { sql } = storage;
  return storage.transactionSync(() => {
    const token = readToken(sql);
    const judged = token && { ...token, successorSealed: token.sealed_successor !== null };
    const presented = presentedText(prepared);
    const verdict = judge(judged, presented, use, now, (clause) => usageOf(sql, clause));
    // Presented for the first time, even if for a use that is refused: nobody needs to be given this text again.
    if (token !== null && token.sealed_successor !== null && presented.hash === token.text_hash) {
      sql.exec("UPDATE token SET sealed_successor = NULL");
    }
    if (verdict.kind === "refused" || verdict.kind === "needs_reverse_names") return verdict;
    if (verdict.kind === "reused") {
      if (!verdict.autoRevoke) return { kind: "refused", refusal: { reason: "token_reused", revoked: false } };
      endToken(sql, "reused", now);
      makeDue(sql, "revoke_below", now);
      return { kind: "ended_by_reuse" };
    }
    if (token === null || (verdict.repeat ? prepared.successor : prepared.grantKey) === null) {
      return { kind: "prepare_again" };
    }
    const counter = charge(sql, verdict.clause, OPERATIONS[use.operation].charged);
    const eventId = event && writeEvent(sql, event.name, event.comment, use.caller, now, historyLimit);
    return {
      kind: "reserved",
      reservation: { token, clause: verdict.clause, repeat: verdict.repeat, counter, eventId },
    };
  });
}

/** Gives a use back, and takes its event out of the history: nothing was handed out. */
export function giveBack(storage: DurableObjectStorage, reservation: Reservation): void {
  const { counter, eventId } = reservation;
  if (counter === null && eventId === null) return;
  storage.transactionSync(() => {
    if (!readToken(storage.sql)) return;
    if (counter) {
      storage.sql.exec(
        `UPDATE usage SET ${counter.column} = ${counter.column} - 1 WHERE clause = ? AND ${counter.column} > 0`,
        counter.clause,
      );
    }
    if (eventId !== null) deleteEvent(storage.sql, eventId);
  });
}

/** The counters of a clause; equal clauses share them (Q6), and rotation does not reset them. */
export function usageOf(sql: SqlStorage, clause: Clause): ClauseUsage {
  const row = sql
    .exec<{ access_tokens: number; other: number }>(
      "SELECT access_tokens, other FROM usage WHERE clause = ?",
      clauseKey(clause),
    )
    .toArray()[0];
  return { AT: row?.access_tokens ?? 0, other: row?.other ?? 0 };
}

function presentedText({ mytoken }: Prepared): PresentedText {
  return mytoken ?? { seqNo: 0, hash: null };
}

/** Charges the clause that fits, also if it sets no limit (semantics §1.7); unrestricted tokens are never counted. */
function charge(sql: SqlStorage, clause: Clause | null, kind: "AT" | "other" | null): Reservation["counter"] {
  if (clause === null || kind === null) return null;
  const counter = { clause: clauseKey(clause), column: kind === "AT" ? "access_tokens" : "other" } as const;
  sql.exec(
    `INSERT INTO usage (clause, access_tokens, other) VALUES (?, ?, ?)
     ON CONFLICT (clause) DO UPDATE SET ${counter.column} = ${counter.column} + 1`,
    counter.clause,
    kind === "AT" ? 1 : 0,
    kind === "other" ? 1 : 0,
  );
  return counter;
}
