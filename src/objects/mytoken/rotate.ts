/**
 * Rotation (DESIGN §5): sign, wrap and seal first, then one compare-and-set on `seq_no`. Durable afterwards: `seq_no` + 1,
 * and the successor sealed under the predecessor's text, so that a lost answer can be repeated within the grace.
 */
import { nowSeconds } from "../../clock.ts";
import { sha256Text } from "../../crypto/hash.ts";
import { openTextUnderText, sealTextUnderText, sealUnderText } from "../../crypto/seal.ts";
import { decodeMytoken } from "../../signer/decode.ts";
import { signMytoken } from "../../signer/sign.ts";
import type { Caller } from "../../token/caller.ts";
import type { MytokenClaims } from "../../token/claims.ts";
import { newShortToken } from "../../token/ids.ts";
import { graceCaller } from "../../token/judge.ts";
import type { OperationName } from "../../token/operations.ts";
import { latestExp } from "../../token/restriction/lifetime.ts";
import { type SuccessorForm, successorForm } from "../../token/response-type.ts";
import { rotatesAfter, successorClaims } from "../../token/rotation/generation.ts";
import { clearDue, moveDue, setAlarm } from "../due.ts";
import type { Reservation } from "./begin.ts";
import type { MytokenContext } from "./context.ts";
import { writeEvent } from "./history.ts";
import type { Prepared } from "./prepare.ts";
import { isTokenAlive } from "./reserve.ts";
import {
  GRANT_KEY_PURPOSE,
  isLive,
  readLife,
  readToken,
  SHORT_TOKEN_PURPOSE,
  type StoredToken,
  SUCCESSOR_PURPOSE,
} from "./schema.ts";

/** A token in the form in which it is handed out. */
export interface IssuedToken {
  readonly form: SuccessorForm;
  readonly text: string;
  readonly momId: string;
  readonly claims: MytokenClaims;
}

export type Rotated =
  /** `null`: nothing rotated, or somebody else did and the successor is no longer sealed. */
  | { readonly kind: "rotated"; readonly successor: IssuedToken | null }
  /** The token ended meanwhile: nothing was rotated. */
  | { readonly kind: "ended" };

/** What follows a use that was granted: a repeat gets the successor that exists, others rotate if the token says so. */
export async function rotateAfter(
  object: MytokenContext,
  operation: OperationName,
  prepared: Prepared,
  { token, repeat }: Reservation,
  caller: Caller,
): Promise<Rotated> {
  if (repeat) return existingSuccessor(object, prepared);
  if (rotatesAfter(token.rotation ?? undefined, operation, token.restrictions.length > 0)) {
    // Of a token that ended with its parent only the register knows at once; the exchange has asked it already.
    const alive = operation === "access_token" || (await isTokenAlive(object));
    return alive ? rotate(object, prepared, caller) : { kind: "ended" };
  }
  return isLive(readLife(object.storage.sql), nowSeconds()) ? { kind: "rotated", successor: null } : { kind: "ended" };
}

/** Gives the token its successor, or finds the one that a parallel use gave it. */
async function rotate(object: MytokenContext, prepared: Prepared, caller: Caller): Promise<Rotated> {
  const { mytoken: predecessor, grantKey } = prepared;
  const token = readToken(object.storage.sql);
  if (!predecessor || !grantKey || !isLive(token, nowSeconds())) return { kind: "ended" };
  if (token.seq_no !== predecessor.seqNo) return existingSuccessor(object, prepared);

  const now = nowSeconds();
  const restrictionsExpiry = latestExp(token.restrictions);
  const expiry = restrictionsExpiry === 0 ? undefined : restrictionsExpiry;
  const claims = successorClaims(decodeMytoken(predecessor.text), expiry, now);
  const text = await signMytoken(object.config, claims);
  const change: Successor = {
    claims,
    hash: await sha256Text(text),
    wrappedKey: await sealUnderText(text, grantKey, GRANT_KEY_PURPOSE),
    predecessorHash: predecessor.hash,
    sealed: await sealTextUnderText(predecessor.text, text, SUCCESSOR_PURPOSE),
  };
  const form = successorForm(prepared.form, object.config.shortTokens);
  const short = form === "short_token" ? await shortForm(object, token.mom_id, text, claims.seq_no) : null;
  const outcome = commit(object, change, short, caller, now);
  if (outcome === "ended") return { kind: "ended" };
  if (outcome === "rotated_elsewhere") return existingSuccessor(object, prepared);
  await setAlarm(object.storage);
  return { kind: "rotated", successor: issued(token, short?.text ?? text, form, claims) };
}

/** The successor of a text that is presented again within the grace, in the form in which it was presented. */
async function existingSuccessor(object: MytokenContext, prepared: Prepared): Promise<Rotated> {
  const { storage } = object;
  const stored = readToken(storage.sql);
  if (!isLive(stored, nowSeconds())) return { kind: "ended" };
  const { mytoken: predecessor } = prepared;
  if (!predecessor || !stored.sealed_successor || stored.predecessor_hash !== predecessor.hash) {
    return { kind: "rotated", successor: null };
  }
  const text = await openTextUnderText(predecessor.text, new Uint8Array(stored.sealed_successor), SUCCESSOR_PURPOSE);
  if (text === null) return { kind: "rotated", successor: null };
  const claims = decodeMytoken(text);
  const form = successorForm(prepared.form, object.config.shortTokens);
  if (form === "token") return { kind: "rotated", successor: issued(stored, text, form, claims) };
  const short = await shortForm(object, stored.mom_id, text, claims.seq_no);
  const present = readToken(storage.sql);
  if (!isLive(present, nowSeconds())) return { kind: "ended" };
  if (present.seq_no !== claims.seq_no) return { kind: "rotated", successor: null };
  storeShortToken(storage.sql, short);
  return { kind: "rotated", successor: issued(stored, short.text, form, claims) };
}

interface Successor {
  readonly claims: MytokenClaims;
  readonly hash: string;
  readonly wrappedKey: Uint8Array<ArrayBuffer>;
  readonly predecessorHash: string;
  readonly sealed: Uint8Array<ArrayBuffer>;
}

function commit(
  { storage, config }: MytokenContext,
  successor: Successor,
  short: ShortForm | null,
  caller: Caller,
  now: number,
): "rotated" | "rotated_elsewhere" | "ended" {
  const { sql } = storage;
  const grace = config.rotationGraceSeconds;
  return storage.transactionSync(() => {
    const token = readToken(sql);
    if (!isLive(token, now)) return "ended";
    if (token.seq_no !== successor.claims.seq_no - 1) return "rotated_elsewhere";
    sql.exec(
      `UPDATE token SET seq_no = ?, text_hash = ?, wrapped_key = ?, last_rotated = ?, not_before = ?, expires = ?,
         predecessor_hash = ?, predecessor_until = ?, predecessor_caller = ?, sealed_successor = ?`,
      successor.claims.seq_no,
      successor.hash,
      successor.wrappedKey.buffer,
      now,
      successor.claims.nbf,
      successor.claims.exp ?? null,
      grace === 0 ? null : successor.predecessorHash,
      grace === 0 ? null : now + grace,
      grace === 0 ? null : graceCaller(caller),
      grace === 0 ? null : successor.sealed.buffer,
    );
    // The immediate predecessor's short tokens can still be repeated; those before it cannot.
    sql.exec("DELETE FROM short_token WHERE seq_no < ?", successor.claims.seq_no - (grace === 0 ? 0 : 1));
    if (short) storeShortToken(sql, short);
    writeEvent(sql, "token_rotated", null, caller, now, config.historyLimit);
    if (grace === 0) clearDue(sql, "grace");
    else moveDue(sql, "grace", now + grace + 1);
    if (successor.claims.exp !== undefined && token.expires === null)
      moveDue(sql, "deadline", successor.claims.exp + 1);
    return "rotated";
  });
}

interface ShortForm {
  readonly text: string;
  readonly secretHash: string;
  readonly sealedText: Uint8Array<ArrayBuffer>;
  readonly seqNo: number;
}

/** A fresh short token for a JWT of this token. */
export async function shortForm(
  { config }: MytokenContext,
  momId: string,
  jwt: string,
  seqNo: number,
): Promise<ShortForm> {
  const { text, secret } = await newShortToken(config.pepper, momId);
  const sealedText = await sealTextUnderText(secret, jwt, SHORT_TOKEN_PURPOSE);
  return { text, secretHash: await sha256Text(secret), sealedText, seqNo };
}

/** Stores the record that opens the JWT with the short token's secret. */
export function storeShortToken(sql: SqlStorage, short: ShortForm): void {
  sql.exec(
    "INSERT INTO short_token (secret_hash, sealed_text, seq_no) VALUES (?, ?, ?)",
    short.secretHash,
    short.sealedText.buffer,
    short.seqNo,
  );
}

function issued(token: StoredToken, text: string, form: IssuedToken["form"], claims: MytokenClaims): IssuedToken {
  return { form, text, momId: token.mom_id, claims };
}
