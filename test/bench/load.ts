/** Load in a closed loop: so many callers, each with one request under way, for a bounded time or number. */
import { Agent, request as send } from "node:http";

/** One call of one caller. It throws if the answer is not the one that is measured. */
export type Caller = () => Promise<void>;

/**
 * So many calls of each caller, or a time. A time is measured while the callers are busy: it begins after a lead-in and ends
 * although calls are under way, so that neither their first calls, all at once, nor the wait for the last one counts.
 */
export type Bound =
  | { readonly calls: number }
  | { readonly milliseconds: number; readonly leadInMilliseconds?: number };

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
  bound: Bound,
  processorSeconds: () => number | null = () => null,
): Promise<Load> {
  const { calls, milliseconds, leadInMilliseconds } = { ...UNBOUND, ...bound };
  const now = () => ({ time: performance.now(), cpu: processorSeconds() });
  const latencies: number[] = [];
  const started = now();
  const window = { opened: leadInMilliseconds === 0 ? started : null, closed: null as typeof started | null };
  // It opens and closes with an answer: what lies between is whole.
  const answered = (latency: number): void => {
    const time = performance.now();
    if (window.closed !== null) return;
    if (window.opened === null) {
      if (time - started.time >= leadInMilliseconds) window.opened = now();
      return;
    }
    latencies.push(latency);
    if (time - window.opened.time >= milliseconds) window.closed = now();
  };
  try {
    await Promise.all(
      callers.map(async (caller) => {
        for (let done = 0; done < calls && window.closed === null; done++) {
          const sent = performance.now();
          await caller();
          answered(performance.now() - sent);
        }
      }),
    );
  } finally {
    // Also of a failure: the others stop.
    window.closed ??= now();
  }
  const { opened, closed } = { opened: window.opened ?? started, closed: window.closed };
  latencies.sort((one, other) => one - other);
  const requests = latencies.length;
  return {
    requests,
    perSecond: (requests / (closed.time - opened.time)) * 1000,
    p50: quantile(latencies, 0.5),
    p99: quantile(latencies, 0.99),
    cpuSeconds: opened.cpu === null || closed.cpu === null ? null : ((closed.cpu - opened.cpu) / requests) * 1000,
  };
}

const UNBOUND = {
  calls: Number.POSITIVE_INFINITY,
  milliseconds: Number.POSITIVE_INFINITY,
  leadInMilliseconds: 0,
};

/** So many callers, each of which goes round its own share of `actions`, again and again. */
export function inTurn(actions: readonly Caller[], callers: number): readonly Caller[] {
  return Array.from({ length: Math.min(callers, actions.length) }, (_, first) => {
    let next = first;
    return async () => {
      const action = actions[next]!;
      next = next + callers < actions.length ? next + callers : first;
      await action();
    };
  });
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
