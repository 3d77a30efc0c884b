/**
 * Transfer codes in KV (DESIGN §5, §6): under HMAC(pepper, code), the JWT sealed under HKDF(pepper, code). Put once and
 * never changed; whether a code is still good, the token's object decides.
 */
import * as v from "valibot";
import { base64url, fromBase64url } from "../crypto/encoding.ts";
import { hmac } from "../crypto/hash.ts";
import { randomText, TYPEABLE_LETTERS } from "../crypto/random.ts";
import { openTextUnderText, sealTextUnderText } from "../crypto/seal.ts";
import { inTime } from "../time-limit.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const CODE_LENGTH = 8;
/** Longer than a code is good, so that "expired" can be told from "unknown". */
const KEPT_SECONDS = 3600;
/** Past it KV counts as failing. */
const LONGEST_WAIT_MILLISECONDS = 3000;
const PURPOSE = "transfer code";

/** What a code leads to. */
export interface TransferRecord {
  readonly momId: string;
  /** The JWT as it was when the code was made. */
  readonly text: string;
}

const storedSchema = v.object({ mom_id: v.string(), sealed: v.string() });

/** A fresh code: 8 letters that people can type. */
export function newTransferCode(): string {
  return randomText(CODE_LENGTH, TYPEABLE_LETTERS);
}

/** Whether a text has the form of a transfer code. */
export function looksLikeTransferCode(text: string): boolean {
  return text.length === CODE_LENGTH && /^[a-km-zA-HJ-Z]+$/.test(text);
}

/** The name under which a code is known: it tells nothing of the code without the pepper. */
export async function transferKey(pepper: Bytes, code: string): Promise<string> {
  return base64url(await hmac(pepper, PURPOSE, code));
}

/** Stores a code's record. Throws what KV throws, and `TooLate`. */
export async function putTransferCode(
  store: KVNamespace,
  pepper: Bytes,
  code: string,
  record: TransferRecord,
): Promise<void> {
  const sealed = base64url(await sealTextUnderText(secretOf(pepper, code), record.text, PURPOSE));
  const value = JSON.stringify({ mom_id: record.momId, sealed } satisfies v.InferOutput<typeof storedSchema>);
  const key = await transferKey(pepper, code);
  await inTime(LONGEST_WAIT_MILLISECONDS, store.put(key, value, { expirationTtl: KEPT_SECONDS }));
}

/** The record of a code, or `null`. Throws what KV throws, and `TooLate`. */
export async function getTransferCode(store: KVNamespace, pepper: Bytes, code: string): Promise<TransferRecord | null> {
  const key = await transferKey(pepper, code);
  const stored = v.safeParse(storedSchema, await inTime(LONGEST_WAIT_MILLISECONDS, store.get(key, "json")));
  if (!stored.success) return null;
  const text = await openTextUnderText(secretOf(pepper, code), fromBase64url(stored.output.sealed), PURPOSE);
  return text === null ? null : { momId: stored.output.mom_id, text };
}

function secretOf(pepper: Bytes, code: string): string {
  return `${base64url(pepper)} ${code}`;
}
