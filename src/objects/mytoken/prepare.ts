/**
 * The crypto before the judging (DESIGN §4): what the presented text opens. It refuses nothing; without a key it hands
 * over none. Everything it learns from storage is looked at again by `begin`, because it awaits.
 */
import { sha256Text } from "../../crypto/hash.ts";
import { openTextUnderText, openUnderText } from "../../crypto/seal.ts";
import { decodeMytoken } from "../../signer/decode.ts";
import { onlyRow } from "../only-row.ts";
import { GRANT_KEY_PURPOSE, SHORT_TOKEN_PURPOSE, type StoredToken, SUCCESSOR_PURPOSE, tokenToOpen } from "./schema.ts";

/** A token as the edge found it: a JWT whose signature it verified, or the secret of a short token whose check fits. */
export type Presented = PresentedToken | { readonly form: "short_token"; readonly secret: string };

interface PresentedToken {
  readonly form: "token";
  readonly text: string;
  /** SHA-256 of the text, base64url, and its `seq_no`, as the edge read them; not told by whoever has only the text. */
  readonly hash?: string;
  readonly seqNo?: number;
}

/** A JWT, and what the judge looks at. */
interface PreparedText {
  readonly text: string;
  readonly hash: string;
  readonly seqNo: number;
}

export interface Prepared {
  readonly form: Presented["form"];
  /** `null` for a short token whose secret is not known here. */
  readonly mytoken: PreparedText | null;
  /** The grant key, if the text or its sealed successor unwraps it. */
  readonly grantKey: Uint8Array<ArrayBuffer> | null;
  /** The successor that was sealed under this text, if it still is. */
  readonly successor: string | null;
  /** The provider of the token; `null` if there is none. */
  readonly issuer: string | null;
}

/** Opens what the presented token opens. */
export async function prepare(sql: SqlStorage, presented: Presented): Promise<Prepared> {
  const nothing = { form: presented.form, mytoken: null, grantKey: null, successor: null, issuer: null };
  const mytoken =
    presented.form === "token" ? await preparedText(presented) : await behindShortToken(sql, presented.secret);
  const stored = mytoken && tokenToOpen(sql, mytoken.hash);
  if (!stored) return { ...nothing, mytoken };
  const successor = await sealedSuccessor(stored, mytoken);
  const grantKey = await unwrapGrantKey(stored, successor ?? mytoken.text);
  return { form: presented.form, mytoken, grantKey, successor, issuer: stored.oidc_iss };
}

async function preparedText({ text, hash, seqNo }: Omit<PresentedToken, "form">): Promise<PreparedText> {
  return { text, hash: hash ?? (await sha256Text(text)), seqNo: seqNo ?? decodeMytoken(text).seq_no };
}

async function behindShortToken(sql: SqlStorage, secret: string): Promise<PreparedText | null> {
  const hash = await sha256Text(secret);
  const query = "SELECT sealed_text FROM short_token WHERE secret_hash = ?";
  const row = onlyRow(() => sql.exec<{ sealed_text: ArrayBuffer }>(query, hash));
  const text = row && (await openTextUnderText(secret, new Uint8Array(row.sealed_text), SHORT_TOKEN_PURPOSE));
  return text === null ? null : preparedText({ text });
}

async function sealedSuccessor(stored: StoredToken, { text, hash }: PreparedText): Promise<string | null> {
  if (stored.predecessor_hash !== hash || !stored.sealed_successor) return null;
  return openTextUnderText(text, new Uint8Array(stored.sealed_successor), SUCCESSOR_PURPOSE);
}

async function unwrapGrantKey(stored: StoredToken, text: string): Promise<Uint8Array<ArrayBuffer> | null> {
  return stored.wrapped_key ? openUnderText(text, new Uint8Array(stored.wrapped_key), GRANT_KEY_PURPOSE) : null;
}
