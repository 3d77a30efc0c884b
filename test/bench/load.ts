/** Load in a closed loop: so many callers, each with one request under way, for a bounded time or number. */
import { Agent, request as send } from "node:http";

/** One call of one caller. It throws if the answer is not the one that is measured. */
export type Caller = () => Promise<void>;

export interface Bound {
  /** Milliseconds after which no caller starts again. */
  readonly milliseconds?: number;
  /** Calls of each caller. */
  readonly calls?: number;
}

/** Times in milliseconds. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  /** Seconds of processor time of the server per 1,000 requests; `null` where the operating system does not tell. */
  readonly cpuSeconds: number | null;
}

/** Runs the callers side by side. `processorSeconds` reads a clock that only the server's work moves. */
export async function load(
  callers: readonly Caller[],
  { milliseconds = Number.POSITIVE_INFINITY, calls = Number.POSITIVE_INFINITY }: Bound,
  processorSeconds: () => number | null = () => null,
): Promise<Load> {
  const latencies: number[] = [];
  const before = processorSeconds();
  const started = performance.now();
  await Promise.all(
    callers.map(async (caller) => {
      for (let done = 0; done < calls; done++) {
        const sent = performance.now();
        if (sent - started >= milliseconds) return;
        await caller();
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const elapsed = performance.now() - started;
  const after = processorSeconds();
  latencies.sort((one, other) => one - other);
  return {
    requests: latencies.length,
    perSecond: (latencies.length / elapsed) * 1000,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpuSeconds: before === null || after === null ? null : ((after - before) / latencies.length) * 1000,
  };
}

/** Of values in ascending order; NaN of none. */
export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const middle = sorted.length / 2;
  return Number.isInteger(middle) ? (sorted[middle - 1]! + sorted[middle]!) / 2 : sorted[Math.floor(middle)]!;
}

export interface Answer {
  readonly status: number;
  readonly text: string;
}

/** Callers keep their connections. As many sockets as there are callers. */
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

/** Sends JSON, or a GET without `body`. */
export function call(address: URL, body: object | null): Promise<Answer> {
  const text = body === null ? null : JSON.stringify(body);
  const headers = {
    // Set by Cloudflare in front of every Worker.
    "CF-Connecting-IP": "192.0.2.1",
    ...(text !== null && { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }),
  };
  return new Promise((resolve, reject) => {
    const sent = send(address, { agent, method: text === null ? "GET" : "POST", headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
    });
    sent.on("error", reject);
    sent.end(text ?? undefined);
  });
}

/** `call`, and the answer's JSON; throws on any status but 200. */
export async function callFor(address: URL, body: object | null): Promise<Record<string, unknown>> {
  const { status, text } = await call(address, body);
  if (status !== 200) throw new Error(`${address.pathname} answered ${status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}
