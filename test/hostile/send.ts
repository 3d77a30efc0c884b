/** Sends bytes, and reads what comes back: no client library would send most of these requests. */
import { connect } from "node:net";
import type { HostileRequest } from "./requests.ts";
import { type Secrets, withSecrets } from "./secrets.ts";

export interface Answer {
  readonly status: number;
  /** Names in lower case, in order. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}

const LONGEST_WAIT_MILLISECONDS = 30_000;

/** The bytes of a request. */
export function bytesOf(request: HostileRequest, secrets: Secrets): Buffer {
  const filled = (text: string) => withSecrets(text, secrets);
  const body = typeof request.body === "string" ? Buffer.from(filled(request.body)) : Buffer.from(request.body ?? []);
  const host = request.headers.some(([name]) => name === "Host") ? [] : [["Host", "127.0.0.1"]];
  const given = request.headers.map(([name, value]) => [name, filled(value)]);
  const lines = [...host, ...given, ...framing(request, body.length), ["Connection", "close"]];
  const head = [
    `${request.method} ${filled(request.target)} HTTP/1.1`,
    ...lines.map((line) => line.join(": ")),
    "",
    "",
  ];
  return Buffer.concat([Buffer.from(head.join("\r\n")), ...content(request, body)]);
}

function framing({ framing: how, body, method }: HostileRequest, length: number): string[][] {
  if (body === null) return method === "POST" || method === "PUT" ? [["Content-Length", "0"]] : [];
  const declared = (bytes: number) => ["Content-Length", String(bytes)];
  const chunked = ["Transfer-Encoding", "chunked"];
  switch (how) {
    case "length":
      return [declared(length)];
    case "chunked":
      return [chunked];
    case "too long":
      return [declared(length + 50)];
    case "too short":
      return [declared(Math.floor(length / 2))];
    case "both":
      return [declared(length), chunked];
    case "none":
      return [];
  }
}

function content({ framing: how }: HostileRequest, body: Buffer): Buffer[] {
  if (how !== "chunked" || body.length === 0) return how === "chunked" ? [Buffer.from("0\r\n\r\n")] : [body];
  const half = Math.ceil(body.length / 2);
  const chunks = [body.subarray(0, half), body.subarray(half)].filter((chunk) => chunk.length > 0);
  const framed = chunks.flatMap((chunk) => [
    Buffer.from(`${chunk.length.toString(16)}\r\n`),
    chunk,
    Buffer.from("\r\n"),
  ]);
  return [...framed, Buffer.from("0\r\n\r\n")];
}

/** The first answer, or `null` if the connection was closed without one; throws if there is none within 30 s. */
export function send(port: number, request: HostileRequest, secrets: Secrets): Promise<Answer | null> {
  const bytes = bytesOf(request, secrets);
  // Without all of its body the request never ends by itself.
  const cutShort = request.framing === "too long" || request.framing === "both";
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const chunks: Buffer[] = [];
    socket.setTimeout(LONGEST_WAIT_MILLISECONDS, () => {
      socket.destroy();
      reject(new Error("no answer within 30 s"));
    });
    socket.on("connect", () => (cutShort ? socket.end(bytes) : socket.write(bytes)));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    // A server that has answered may close while it is still being sent to.
    socket.on("error", () => resolve(answerIn(Buffer.concat(chunks))));
    socket.on("close", () => resolve(answerIn(Buffer.concat(chunks))));
  });
}

function answerIn(bytes: Buffer): Answer | null {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return null;
  const [first = "", ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  const status = Number(/^HTTP\/1\.\d (\d{3})/.exec(first)?.[1]);
  const rest = bytes.subarray(end + 4);
  if (status === 100) return answerIn(rest);
  const chunked = headers.some(([name, value]) => name === "transfer-encoding" && value === "chunked");
  // What follows answers a second request, if this one was split into two.
  const length = status === 204 ? 0 : Number(headers.find(([name]) => name === "content-length")?.[1] ?? rest.length);
  return { status, headers, body: (chunked ? unchunked(rest) : rest.subarray(0, length)).toString() };
}

function unchunked(bytes: Buffer): Buffer {
  const chunks: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", offset);
    const length = Number.parseInt(bytes.subarray(offset, lineEnd).toString("latin1"), 16);
    if (lineEnd < 0 || !(length > 0)) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + length));
    offset = lineEnd + 2 + length + 2;
  }
}
