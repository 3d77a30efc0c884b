/**
 * Names and codes of DESIGN §6. Each code names its object and carries a keyed check, so that a forged one dies at
 * the edge and creates nothing; the check is bound to the kind, so that none can be used as another.
 */
import { base62, base64url } from "../crypto/encoding.ts";
import { equalText, hmac, sha256 } from "../crypto/hash.ts";
import { BASE62_ALPHABET, BASE64URL_ALPHABET, randomText } from "../crypto/random.ts";

type Bytes = Uint8Array<ArrayBuffer>;

const MOM_ID_LENGTH = 22;

/** The public handle of a mytoken: base62 of the first 16 bytes of SHA-256 over the 16 raw bytes of `jti`. */
export async function momIdOf(jti: string): Promise<string> {
  const raw = Uint8Array.from(jti.replaceAll("-", "").match(/../g) ?? [], (hex) => Number.parseInt(hex, 16));
  return base62((await sha256(raw)).slice(0, 16), MOM_ID_LENGTH);
}

/** Whether a text has the form of a `mom_id`. */
export function isMomId(text: string): boolean {
  return /^[0-9A-Za-z]{22}$/.test(text);
}

/** A fresh name for a Grant object: 22 characters base62. */
export function newGrantId(): string {
  return randomText(22, BASE62_ALPHABET);
}

/** A fresh flow id, 8 base64url characters: the name of an Authorization object and the head of its codes. */
export function newFlowId(): string {
  return randomText(FLOW_ID_LENGTH, BASE64URL_ALPHABET);
}

const FLOW_ID_LENGTH = 8;
/** 18 base64url characters are 108 bits. */
const FLOW_SECRET_LENGTH = 18;
const FLOW_CHECK_LENGTH = { consent: 5, polling: 5, state: 6 } as const;

/** The codes of a running login. Consent and polling codes have 31 characters, `state` has 32. */
export type FlowCodeKind = keyof typeof FLOW_CHECK_LENGTH;

/** A fresh code of a kind for a flow: flow id, own secret, check. */
export async function newFlowCode(pepper: Bytes, kind: FlowCodeKind, flowId: string): Promise<string> {
  const body = flowId + randomText(FLOW_SECRET_LENGTH, BASE64URL_ALPHABET);
  return body + (await flowCheck(pepper, kind, body));
}

/** The flow id of a code that we made as this kind, or `null`: wrong form, wrong kind or forged. */
export async function flowIdOf(pepper: Bytes, kind: FlowCodeKind, code: string): Promise<string | null> {
  const bodyLength = FLOW_ID_LENGTH + FLOW_SECRET_LENGTH;
  if (!/^[A-Za-z0-9_-]+$/.test(code) || code.length !== bodyLength + FLOW_CHECK_LENGTH[kind]) return null;
  const body = code.slice(0, bodyLength);
  return equalText(code.slice(bodyLength), await flowCheck(pepper, kind, body)) ? code.slice(0, FLOW_ID_LENGTH) : null;
}

async function flowCheck(pepper: Bytes, kind: FlowCodeKind, body: string): Promise<string> {
  return base64url(await hmac(pepper, `flow ${kind}`, body)).slice(0, FLOW_CHECK_LENGTH[kind]);
}

const SHORT_TOKEN_PREFIX = "mts_";
const SHORT_SECRET_LENGTH = 32;
const SHORT_CHECK_LENGTH = 6;
/** The only length a short token has; the reference's default as well (token-core §13.1). */
export const SHORT_TOKEN_LENGTH = SHORT_TOKEN_PREFIX.length + MOM_ID_LENGTH + SHORT_SECRET_LENGTH + SHORT_CHECK_LENGTH;

/** A short token taken apart: it routes itself to its object. */
export interface ShortToken {
  readonly momId: string;
  /** 32 base62 characters, about 190 bits; the object knows only its hash. */
  readonly secret: string;
}

/** A fresh short token for a mytoken. */
export async function newShortToken(pepper: Bytes, momId: string): Promise<{ text: string; secret: string }> {
  const secret = randomText(SHORT_SECRET_LENGTH, BASE62_ALPHABET);
  const body = momId + secret;
  return { text: SHORT_TOKEN_PREFIX + body + (await shortCheck(pepper, body)), secret };
}

/** The parts of a short token that we made, or `null`: wrong form or forged. */
export async function parseShortToken(pepper: Bytes, text: string): Promise<ShortToken | null> {
  if (text.length !== SHORT_TOKEN_LENGTH || !/^mts_[0-9A-Za-z]+$/.test(text)) return null;
  const body = text.slice(SHORT_TOKEN_PREFIX.length, -SHORT_CHECK_LENGTH);
  if (!equalText(text.slice(-SHORT_CHECK_LENGTH), await shortCheck(pepper, body))) return null;
  return { momId: body.slice(0, MOM_ID_LENGTH), secret: body.slice(MOM_ID_LENGTH) };
}

async function shortCheck(pepper: Bytes, body: string): Promise<string> {
  return base62((await hmac(pepper, "short token", body)).slice(0, 5), SHORT_CHECK_LENGTH);
}

/** Whether a text has the form of a compact JWS (RFC 7515 §7.1), whatever the length of its signature (QUIRK-08). */
export function looksLikeJwt(text: string): boolean {
  return /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/.test(text);
}
