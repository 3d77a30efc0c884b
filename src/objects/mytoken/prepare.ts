/**
 * The crypto before the judging (DESIGN §4): what the presented text opens. It refuses nothing; without a key it hands
 * over none. Everything it learns from storage is looked at again by `begin`, because it awaits.
 */
import { sha256Text } from "../../crypto/hash.ts";
import { openTextUnderText, openUnderText } from "../../crypto/seal.ts";
import { decodeMytoken } from "../../signer/decode.ts";
import type { MytokenClaims } from "../../token/claims.ts";
import { onlyRow } from "../only-row.ts";
import { GRANT_KEY_PURPOSE, readSealed, SHORT_TOKEN_PURPOSE, SUCCESSOR_PURPOSE } from "./schema.ts";

/** A token as the edge found it: a JWT whose signature it verified, or the secret of a short token whose check fits. */
export type Presented =
  | { readonly form: "token"; readonly text: string }
  | { readonly form: "short_token"; readonly secret: string };

export interface Prepared {
  readonly form: Presented["form"];
  /** The JWT and what it says; `null` for a short token whose secret is not known here. */
  readonly mytoken: { readonly text: string; readonly hash: string; readonly claims: MytokenClaims } | null;
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
  const text = presented.form === "token" ? presented.text : await textOfShortToken(sql, presented.secret);
  if (text === null) return nothing;
  const mytoken = { text, hash: await sha256Text(text), claims: decodeMytoken(text) };
  const stored = readSealed(sql);
  if (!stored) return { ...nothing, mytoken };
  const successor = await sealedSuccessor(stored, mytoken.hash, text);
  const grantKey = await unwrapGrantKey(stored, successor ?? text);
  return { form: presented.form, mytoken, grantKey, successor, issuer: stored.oidc_iss };
}

type Sealed = NonNullable<ReturnType<typeof readSealed>>;

async function textOfShortToken(sql: SqlStorage, secret: string): Promise<string | null> {
  const hash = await sha256Text(secret);
  const query = "SELECT sealed_text FROM short_token WHERE secret_hash = ?";
  const row = onlyRow(() => sql.exec<{ sealed_text: ArrayBuffer }>(query, hash));
  return row ? openTextUnderText(secret, new Uint8Array(row.sealed_text), SHORT_TOKEN_PURPOSE) : null;
}

async function sealedSuccessor(stored: Sealed, hash: string, text: string): Promise<string | null> {
  if (stored.predecessor_hash !== hash || !stored.sealed_successor) return null;
  return openTextUnderText(text, new Uint8Array(stored.sealed_successor), SUCCESSOR_PURPOSE);
}

async function unwrapGrantKey(stored: Sealed, text: string): Promise<Uint8Array<ArrayBuffer> | null> {
  return stored.wrapped_key ? openUnderText(text, new Uint8Array(stored.wrapped_key), GRANT_KEY_PURPOSE) : null;
}
