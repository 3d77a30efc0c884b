/** Tokens as answers tell of them. */
import type { Family, Token } from "./model.ts";

type Body = Readonly<Record<string, unknown>>;

/** The token that an answer gave; without a text, if it gave a transfer code. */
export function tokenIn(family: Family, parent: Token | null, body: Body): Token {
  const clauses = (body["restrictions"] ?? []) as { usages_AT?: number; exp?: number }[];
  const rotation = body["rotation"] as { on_AT?: boolean; auto_revoke?: boolean } | undefined;
  const token: Token = {
    momId: String(body["mom_id"]),
    family,
    parent,
    form: String(body["mytoken_type"]),
    text: "",
    texts: new Map(),
    mayCreate: (body["capabilities"] as string[]).includes("create_mytoken"),
    usagesAT: clauses[0]?.usages_AT ?? null,
    autoRevoke: rotation?.on_AT === true ? rotation.auto_revoke === true : null,
    expires: clauses[0]?.exp !== undefined,
    mayBeOutdated: false,
    turn: Promise.resolve(),
  };
  if (typeof body["mytoken"] === "string") remember(token, body["mytoken"], null);
  return token;
}

/** The token's present text, given for `predecessor`; `null`: its first. */
export function remember(token: Token, text: string, predecessor: string | null): void {
  note(token, text, predecessor);
  token.text = text;
}

/** A text that was given out for the token. A short token does not tell its `seq_no`: it is one more than its predecessor's. */
export function note(token: Token, text: string, predecessor: string | null): void {
  const seqNo = isJwt(text) ? seqNoIn(text) : 1 + (predecessor === null ? 0 : (seqNoOf(token, predecessor) ?? 0));
  token.texts.set(seqNo, (token.texts.get(seqNo) ?? new Set()).add(text));
}

export function isJwt(text: string): boolean {
  return text.includes(".");
}

/** The `seq_no` of a text of the token. */
export function seqNoOf(token: Token, text: string | null): number | null {
  return [...token.texts].find(([, texts]) => texts.has(text ?? ""))?.[0] ?? null;
}

function seqNoIn(jwt: string): number {
  const { seq_no: seqNo } = JSON.parse(Buffer.from(jwt.split(".")[1]!, "base64url").toString()) as { seq_no: number };
  return seqNo;
}
