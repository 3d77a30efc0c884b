/** What the Worker wrote while it was attacked. */
import { STATUSES } from "./routes.ts";
import type { Secrets } from "./secrets.ts";

interface Line {
  readonly kind: string;
  readonly request_id?: string;
  readonly method?: string;
  readonly route?: string | null;
  readonly status?: number;
}

export interface LogReport {
  readonly faults: readonly string[];
  /** How often each route gave each status: `METHOD pattern status` → count. */
  readonly seen: ReadonlyMap<string, number>;
}

/** Lines that say how it goes; anything else is a fault: exceptions, what the runtime says of uncaught ones. */
const GOOD_KINDS = ["request", "refresh_token_destroyed"];

/** What workerd says of its own timing, of bodies that were cut off on purpose, and of headers that go through it. */
const RUNTIME_NEWS = [
  /^NOSENTRY SQLite alarm overdue/,
  /^exception = [\w/.:-]+ disconnected: HTTP body: error reading a body from connection\n/,
  /^A header value for "[^"]+" contains non-ASCII characters/,
];

export function judgeLog(log: readonly string[], secrets: Partial<Secrets>): LogReport {
  const faults: string[] = [];
  const seen = new Map<string, number>();
  const hidden = Object.entries(secrets).flatMap(([kind, texts]) => (kind === "momId" ? [] : texts));
  for (const text of log) {
    if (RUNTIME_NEWS.some((news) => news.test(text))) continue;
    const line = lineIn(text);
    if (hidden.some((secret) => text.includes(secret))) faults.push("a secret in the log");
    if (line === null || !GOOD_KINDS.includes(line.kind)) faults.push(`log: ${text.slice(0, 600)}`);
    if (line?.kind !== "request") continue;
    const method = line.method === "HEAD" ? "GET" : line.method;
    const route = typeof line.route === "string" ? `${method} ${line.route}` : "stray";
    const key = `${route} ${line.status}`;
    seen.set(key, (seen.get(key) ?? 0) + 1);
    const allowed = STATUSES[route] ?? [];
    if ((line.status ?? 500) >= 500 && !allowed.includes(line.status ?? 500)) faults.push(`${key} is in no table`);
  }
  return { faults, seen };
}

function lineIn(text: string): Line | null {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null;
  }
}
