/** Requests byte by byte as recorded: `fetch` would tidy up paths and headers. */
import { type IncomingHttpHeaders, request } from "node:http";
import { text } from "node:stream/consumers";

const TIMEOUT_MILLISECONDS = 60_000;

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** What Cloudflare's edge, which stands before the Worker, says about who connects. */
const EDGE_HEADERS = { "CF-Connecting-IP": "127.0.0.1" };

export function send(base: string, { method, path, headers = {}, body }: Sent): Promise<Received> {
  const { hostname, port } = new URL(base);
  const length = body === undefined ? {} : { "Content-Length": String(Buffer.byteLength(body)) };
  const allHeaders = { ...headers, ...length, ...EDGE_HEADERS };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { host: hostname, port, path, method, headers: allHeaders, timeout: TIMEOUT_MILLISECONDS },
      (incoming) => {
        text(incoming).then(
          (text) => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }),
          reject,
        );
      },
    );
    outgoing.on("timeout", () => outgoing.destroy(new Error("timeout")));
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

/** The value of a body that should be JSON; anything else is `undefined`. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
