/** What a history knows: its logins and tokens, and every call with its outcome. */
import type { IssuerTrait, Span } from "./world.ts";

/** `unknown`: no answer came, because the client hung up or the server was killed. */
export type Outcome = "ok" | "refused" | "unknown";

export type Operation =
  /** A login: started by the client, approved in the browser, back from the provider, asked for by the client. */
  | "start"
  | "approve"
  | "return"
  | "poll"
  | "exchange"
  | "subtoken"
  | "transfer"
  | "redeem"
  | "introspect"
  | "history"
  | "tag"
  | "revoke_own"
  | "revoke_other";

export interface Call {
  readonly operation: Operation;
  /** The token that was presented; for `revoke_other` the one that authorised. */
  readonly token: Token | null;
  /** The code that was presented, or the token that was to be revoked. */
  readonly about: Code | Token | null;
  /** Of a step of a login: which. */
  readonly family: Family | null;
  readonly recursive: boolean;
  /** The text that was presented. */
  readonly presented: string | null;
  readonly started: number;
  readonly ended: number;
  readonly outcome: Outcome;
  readonly status: number | null;
  readonly body: Readonly<Record<string, unknown>>;
  /** Whether it asked for a transfer code, which only KV makes known. */
  readonly needsCodes: boolean;
  /** Whether the closing made it, when all faults were over. */
  readonly isCalm: boolean;
}

/** One login at the provider, by a user of its own. */
export interface Family {
  readonly user: string;
  readonly trait: IssuerTrait;
  flowId: string | null;
}

export interface Token {
  readonly momId: string;
  readonly family: Family;
  readonly parent: Token | null;
  /** As it is presented now: a JWT or a short token. */
  text: string;
  /** How it was handed out when it was made. */
  readonly form: string;
  /** Every JWT and short token that was ever its own, by `seq_no`. */
  readonly texts: Map<number, Set<string>>;
  readonly mayCreate: boolean;
  readonly usagesAT: number | null;
  readonly autoRevoke: boolean | null;
  readonly expires: boolean;
  /** Whether its successor may have been lost: an outdated text is reuse. */
  mayBeOutdated: boolean;
  /** The one that uses a rotating token now. */
  turn: Promise<unknown>;
}

export interface Code {
  readonly kind: "transfer" | "polling";
  readonly text: string;
  readonly token: Token | null;
}

/** An object that was reset by the test. */
export interface Reset extends Span {
  readonly kind: "mytoken" | "grant" | "authorization";
  readonly momId: string | null;
  readonly family: Family;
}

/** How the provider was told to answer the next calls of a login's user at the token endpoint. */
export interface Script extends Span {
  readonly family: Family;
  readonly steps: number;
  /** Whether steps that were to come are forgotten. */
  readonly replace: boolean;
}

/** A family of refresh tokens, and a request, as the provider tells of them (test/fixtures/fake/state.mjs). */
export interface ProviderFamily {
  readonly user: string;
  readonly refreshTokens: readonly string[];
  readonly current: string | null;
  readonly revoked: string | null;
}

export interface ProviderRequest {
  readonly at: number;
  /** When its answer had left, or its connection was gone. */
  readonly ended?: number;
  readonly endpoint: string;
  readonly form: Readonly<Record<string, readonly string[]>>;
  readonly outcome?: number | string;
  /** The refresh token that it made, whatever became of the answer. */
  readonly issued?: string;
}

export interface ProviderLog {
  readonly requests: readonly ProviderRequest[];
  readonly families: readonly ProviderFamily[];
}

/** What the closing saw of a login before it was revoked: by its root, or by who lives on below a root that ended. */
export interface Standing {
  readonly family: Family;
  readonly exchanged: Call;
  readonly provider: ProviderLog;
}

/** A login, held or lost, as the provider tells of it when everything is over. */
export interface Login {
  readonly family: Family;
  readonly provider: ProviderLog;
}

/** The events of a token, as it told them itself. */
export interface Told {
  readonly token: Token;
  /** When it was asked. */
  readonly asked: number;
  /** The highest `seq_no` of which a text was given out until then. */
  readonly newest: number;
  readonly events: readonly string[];
}

/** A token that did not tell its events although nothing failed any more: the last call that asked it. */
export interface Untold {
  readonly token: Token;
  readonly call: Call;
}

/** One history, when it is over. */
export interface Recorded {
  readonly seed: number;
  readonly calls: readonly Call[];
  readonly tokens: readonly Token[];
  readonly families: readonly Family[];
  readonly resets: readonly Reset[];
  readonly scripts: readonly Script[];
  readonly standings: readonly Standing[];
  readonly logins: readonly Login[];
  readonly told: readonly Told[];
  readonly untold: readonly Untold[];
}

export function overlaps(call: { readonly started: number; readonly ended: number }, span: Span): boolean {
  return call.started <= span.to && call.ended >= span.from;
}

/** The machine was too busy: nothing is said about the token. */
export function isLate({ status, body }: Call): boolean {
  return status === 503 || (status === 555 && body["error_description"] === "the provider did not answer in time");
}

/** Whether the token is `ancestor` or stands below it. */
export function isBelow(token: Token | null, ancestor: Token): boolean {
  return token !== null && (token === ancestor || isBelow(token.parent, ancestor));
}

/** The token that a call asks to end, whatever the answer. */
export function targetOf({ operation, about }: Call): Token | null {
  if (operation !== "revoke_own" && operation !== "revoke_other") return null;
  return about !== null && "momId" in about ? about : null;
}

/** Whether a call asks the token to end, by itself or with what is above it. */
export function asksToEnd(call: Call, token: Token): boolean {
  const target = targetOf(call);
  if (target === null) return false;
  return call.recursive ? isBelow(token, target) : token === target;
}

/** An object went down in the middle of it. */
export function wentDown(status: number | null): boolean {
  return status === 500 || status === 503;
}
