/**
 * Transfer codes of this token (DESIGN §5). KV holds the sealed record; this object decides single use, the deadline and
 * whether the text is still the current one. A code of a new token that nobody redeems ends that token.
 */
import { nowSeconds } from "../../clock.ts";
import { newTransferCode, putTransferCode, transferKey } from "../../codes/transfer-codes.ts";
import { sha256Text } from "../../crypto/hash.ts";
import { done, refuse, type Refusal, type Result } from "../../errors.ts";
import { decodeMytoken } from "../../signer/decode.ts";
import type { Caller } from "../../token/caller.ts";
import { makeDue, setAlarm } from "../due.ts";
import { giveBack } from "./begin.ts";
import type { MytokenContext } from "./context.ts";
import { writeEvent } from "./history.ts";
import { isTokenAlive, reserve, type UseRequest } from "./reserve.ts";
import { endByText } from "./revoke.ts";
import type { IssuedToken } from "./rotate.ts";
import { isLive, readToken } from "./schema.ts";

/** Live codes that one token may have. */
const MAXIMUM_LIVE_CODES = 20;

/** A code for the presented token. Nothing is judged but that it lives and its text is current (token-core §9). */
export async function createTransferCode(object: MytokenContext, request: UseRequest): Promise<Result<string>> {
  const form = request.presented.form === "token" ? "token" : "short_token";
  const reserved = await reserve(object, request, "transfer_code", `token type: ${form}`);
  if (!reserved.ok) return reserved;
  const { prepared, reservation } = reserved.value;
  if (reservation.repeat || !prepared.mytoken) {
    giveBack(object.storage, reservation);
    return refuse({ reason: "token_outdated" });
  }
  const code = await issueCode(object, prepared.mytoken.text, false);
  if (!code.ok) giveBack(object.storage, reservation);
  return code;
}

/** A fresh code for a text of this token. Durable in order: the record here, then the sealed text in KV. */
export async function issueCode(object: MytokenContext, text: string, isNew: boolean): Promise<Result<string>> {
  const { storage, config, codes } = object;
  const code = newTransferCode();
  const key = await transferKey(config.pepper, code);
  const now = nowSeconds();
  const refusal = storage.transactionSync((): Refusal | null => {
    const token = readToken(storage.sql);
    if (!isLive(token, now)) return { reason: "token_ended", how: "revoked" };
    storage.sql.exec("DELETE FROM transfer_code WHERE created < ?", now - KEPT_SECONDS);
    const { live } = storage.sql
      .exec<{ live: number }>(
        "SELECT count(*) AS live FROM transfer_code WHERE used IS NULL AND created >= ?",
        now - config.codeLifetimeSeconds,
      )
      .one();
    if (live >= MAXIMUM_LIVE_CODES) return { reason: "too_many_codes", limit: MAXIMUM_LIVE_CODES };
    storage.sql.exec("INSERT INTO transfer_code (key, created, is_new) VALUES (?, ?, ?)", key, now, Number(isNew));
    if (isNew) makeDue(storage.sql, "unredeemed", now + config.codeLifetimeSeconds + 1);
    return null;
  });
  if (refusal) return refuse(refusal);
  await setAlarm(storage);
  try {
    const momId = readToken(storage.sql)?.mom_id ?? "";
    await putTransferCode(codes, config.pepper, code, { momId, text });
  } catch {
    // The object may have been emptied meanwhile.
    if (readToken(storage.sql)) storage.sql.exec("DELETE FROM transfer_code WHERE key = ?", key);
    return refuse({ reason: "temporarily_unavailable", retryAfterSeconds: 5 });
  }
  return done(code);
}

/** As long as KV keeps the record: until then "expired" can be told from "unknown". */
const KEPT_SECONDS = 3600;

/** Redeems a code, once. `text` is what KV's record held; an outdated one is refused and is never reuse (DESIGN §8). */
export async function redeemCode(
  object: MytokenContext,
  key: string,
  text: string,
  caller: Caller,
): Promise<Result<IssuedToken>> {
  const { storage, config } = object;
  const hash = await sha256Text(text);
  const alive = await isTokenAlive(object);
  const now = nowSeconds();
  const outcome = storage.transactionSync((): Refusal | string => {
    const token = readToken(storage.sql);
    const row = token && readCode(storage.sql, key);
    if (!row) return { reason: "code_unknown" };
    if (row.used !== null) return { reason: "code_spent" };
    // First, because a new token ends with its code, and its holder is to learn why.
    if (now > row.created + config.codeLifetimeSeconds) return { reason: "code_expired" };
    if (token.state === "ended" || !alive) return { reason: "code_spent" };
    if (!isLive(token, now)) return { reason: "token_ended", how: "expired" };
    if (token.text_hash !== hash) return { reason: "token_outdated" };
    storage.sql.exec("UPDATE transfer_code SET used = ? WHERE key = ?", now, key);
    writeEvent(storage.sql, "transfer_code_used", null, caller, now, config.historyLimit);
    return token.mom_id;
  });
  if (typeof outcome !== "string") return refuse(outcome);
  return done({ form: "token", text, momId: outcome, claims: decodeMytoken(text) });
}

/**
 * Takes a code back (token-core §10.4). A new token that nobody has redeemed ends with its code, unless the caller named
 * another provider; other codes are just gone. `text` is what the code's record held.
 */
export async function withdraw(
  object: MytokenContext,
  key: string,
  text: string,
  issuer: string | null,
): Promise<Result<null>> {
  const { sql } = object.storage;
  const token = readToken(sql);
  const row = token && readCode(sql, key);
  if (!row || row.used !== null) return done(null);
  if (row.is_new === 1 && issuer !== null && issuer !== token.oidc_iss)
    return refuse({ reason: "token_not_for_issuer" });
  sql.exec("DELETE FROM transfer_code WHERE key = ?", key);
  if (row.is_new === 1) await endByText(object, text);
  return done(null);
}

/** Whether a code of the new token is still unredeemed past its time. */
export function isUnredeemed(sql: SqlStorage): boolean {
  const rows = sql.exec<{ used: number | null }>("SELECT used FROM transfer_code WHERE is_new = 1").toArray();
  return rows.length > 0 && rows.every((row) => row.used === null);
}

/** When the newest code of the new token was made. */
export function newestCode(sql: SqlStorage): number | null {
  return sql.exec<{ made: number | null }>("SELECT max(created) AS made FROM transfer_code WHERE is_new = 1").one()
    .made;
}

interface CodeRow extends Record<string, SqlStorageValue> {
  readonly created: number;
  readonly used: number | null;
  readonly is_new: number;
}

function readCode(sql: SqlStorage, key: string): CodeRow | null {
  return sql.exec<CodeRow>("SELECT created, used, is_new FROM transfer_code WHERE key = ?", key).toArray()[0] ?? null;
}
