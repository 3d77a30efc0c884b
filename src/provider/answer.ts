/**
 * The careful reading of a token endpoint's answer (DESIGN §4): first the new refresh token out of whatever came, then
 * what common deviations mean, and only then oauth4webapi's judgement.
 */
import * as oauth from "oauth4webapi";
import { AnswerTooLong, readAnswer } from "./transport.ts";

/** An access token. `token_type` is the provider's own text; `expires_in` whole seconds. */
export interface Granted {
  readonly outcome: "granted";
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in?: number;
  readonly scope?: string;
}

/** The provider said no (RFC 6749 §5.2): status 400 or above and JSON with a text `error`. */
export interface Refused {
  readonly outcome: "refused";
  readonly status: number;
  readonly error: string;
  readonly error_description?: string;
}

/**
 * Nobody knows whether the provider acted, or what it sent cannot be used. `cut`: the connection ended without a whole
 * answer; `timeout`: the caller's signal ended it; `unusable`: what came is no answer; `other_subject`: it came with an
 * ID token of somebody else. `detail` is for logs and clients: it holds nothing that was sent or received.
 */
export interface Unknown {
  readonly outcome: "unknown";
  readonly why: "cut" | "timeout" | "unusable" | "other_subject";
  readonly detail: string;
}

/** An answer that was read and not judged. `body` is `null` unless it is a JSON object. */
export interface Received {
  readonly outcome: "received";
  readonly status: number;
  readonly body: JsonObject | null;
}

type JsonObject = Readonly<Record<string, unknown>>;

/** Sends a token request (with `unreadRequestOptions`) and reads its answer, whatever it is. */
export async function receive(send: () => Promise<Response>, signal: AbortSignal): Promise<Received | Unknown> {
  try {
    const response = await send();
    return { outcome: "received", status: response.status, body: jsonObject(await readAnswer(response)) };
  } catch (error) {
    return unknownFrom(error, signal);
  }
}

/** The refresh token in any 2xx answer; `null`, `""`, absent and other types are none. */
export function refreshTokenIn(received: Received): string | null {
  const given = isSuccess(received) ? received.body?.["refresh_token"] : undefined;
  return typeof given === "string" && given !== "" ? given : null;
}

/** The refusal in an answer, if it is one. `sent` are the secrets of the request: some providers repeat them in their description. */
export function refusalIn(received: Received, sent: readonly string[]): Refused | null {
  const error = received.body?.["error"];
  if (received.status < 400 || typeof error !== "string" || error === "") return null;
  const description = received.body?.["error_description"];
  return {
    outcome: "refused",
    status: received.status,
    error: presentable(error, sent),
    ...(typeof description === "string" && description !== "" && { error_description: presentable(description, sent) }),
  };
}

/**
 * The answer as RFC 6749 §5.1 wants it, for oauth4webapi: any 2xx becomes 200; `null` and empty members are dropped; a
 * list of scope values is joined; a missing token type is Bearer. `null` if it is no 2xx answer with a JSON object.
 */
export function conformResponse(received: Received): Response | null {
  if (!isSuccess(received) || received.body === null) return null;
  const given = Object.entries(received.body).filter(([, value]) => value !== null && value !== "");
  const body: Record<string, unknown> = {
    token_type: "Bearer",
    ...Object.fromEntries(given),
    refresh_token: refreshTokenIn(received) ?? undefined,
  };
  const scope = body["scope"];
  if (Array.isArray(scope) && scope.every((value) => typeof value === "string")) body["scope"] = scope.join(" ");
  return new ReadResponse(body);
}

/**
 * A response whose JSON is known: to write it out for oauth4webapi to parse again cost more than its judgement. It asks
 * for a content type only where `json` fails.
 */
class ReadResponse extends Response {
  readonly #body: unknown;

  constructor(body: unknown) {
    super(null);
    this.#body = body;
  }

  override json<Body>(): Promise<Body> {
    return Promise.resolve(this.#body as Body);
  }
}

/** What oauth4webapi found good, in our words. */
export function grantedFrom(judged: oauth.TokenEndpointResponse, received: Received): Granted | Unknown {
  // We send no DPoP proof, so a token bound to one (RFC 9449 §5) is of no use to anybody.
  if (judged.token_type !== "bearer") return unusable("unsupported `token_type` value");
  const ownText = received.body?.["token_type"];
  return {
    outcome: "granted",
    access_token: judged.access_token,
    token_type: typeof ownText === "string" && ownText !== "" ? ownText : "Bearer",
    ...(judged.expires_in !== undefined && { expires_in: Math.floor(judged.expires_in) }),
    ...(judged.scope !== undefined && judged.scope !== "" && { scope: judged.scope }),
  };
}

/** What came cannot be used. */
export function unusable(detail: string): Unknown {
  return { outcome: "unknown", why: "unusable", detail };
}

/** The verdict on an answer that is neither a refusal nor a 2xx with a JSON object. */
export function noTokenResponse(received: Received): Unknown {
  return unusable(`no token endpoint response (HTTP status ${received.status})`);
}

/**
 * The verdict on a request or a judgement that threw. Texts of oauth4webapi's verdicts are constant and safe to pass
 * on; its complaints about our own arguments are bugs and thrown again.
 */
export function unknownFrom(error: unknown, signal: AbortSignal): Unknown {
  if (error instanceof TypeError && "code" in error) throw error;
  if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
    return unusable(error.message);
  }
  if (error instanceof AnswerTooLong) return unusable("the answer is too long");
  if (signal.aborted) return { outcome: "unknown", why: "timeout", detail: "the provider did not answer in time" };
  return { outcome: "unknown", why: "cut", detail: "the connection to the provider ended without an answer" };
}

function isSuccess(received: Received): boolean {
  return received.status >= 200 && received.status < 300;
}

/** As `Response.json` reads it: what is no UTF-8 is replaced, a byte order mark dropped (Encoding, "UTF-8 decode"). */
const lenientUtf8 = new TextDecoder();

function jsonObject(bytes: Uint8Array): JsonObject | null {
  try {
    const value: unknown = JSON.parse(lenientUtf8.decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : null;
  } catch {
    return null;
  }
}

/** Long enough for every explanation, short enough for a log line and a page. */
const MAXIMUM_TEXT = 1000;

function presentable(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, "…"), text).slice(0, MAXIMUM_TEXT);
}
