/** Requests byte by byte as a client wrote them, also those that `fetch` would not send (a GET with a body). */
import { once } from "node:events";
import { type ClientRequest, type IncomingHttpHeaders, type IncomingMessage, request } from "node:http";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";

export type Body = Record<string, unknown>;

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The text as a JSON object; empty if it is none. */
  readonly body: Body;
}

export interface Sent {
  readonly method: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** What oidc-agent waits for an answer (clients §4); the others wait longer. */
const PATIENCE_MILLISECONDS = 10_000;

export async function send(address: string, { method, headers = {}, body = "" }: Sent): Promise<Answer> {
  const length = body === "" ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
  const sent = request(address, { method, headers: { ...headers, ...length }, agent: false, signal });
  sent.end(body);
  const response = await answerTo(sent);
  const packed = await buffer(response);
  // A 204 is marked as packed too, and holds nothing.
  const isPacked = response.headers["content-encoding"] === "gzip" && packed.length > 0;
  const answer = (isPacked ? gunzipSync(packed) : packed).toString();
  return { status: response.statusCode ?? 0, headers: response.headers, text: answer, body: objectIn(answer) };
}

async function answerTo(sent: ClientRequest): Promise<IncomingMessage> {
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return response;
}

function objectIn(answer: string): Body {
  try {
    const value: unknown = JSON.parse(answer);
    return typeof value === "object" && value !== null ? (value as Body) : {};
  } catch {
    return {};
  }
}

/** The payload of a JWT, unverified: as clients read it. */
export function claimsOf(jwt: unknown): Body {
  const [, payload = ""] = String(jwt).split(".");
  return JSON.parse(Buffer.from(payload, "base64url").toString()) as Body;
}
