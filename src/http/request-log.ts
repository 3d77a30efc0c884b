/**
 * What the Worker writes to its log: one JSON line per request, and lines for what its operator must see. Field by field
 * in docs/REQUEST_LOG.md. Never a path, a query, a header, a token or a code.
 */
import type { Refusal } from "../errors.ts";

/** What is known of a request while it runs. */
export interface LogEntry {
  readonly requestId: string;
  readonly startedMilliseconds: number;
  /** The pattern of the route, or `null` if there is none. */
  route: string | null;
  refusal: Refusal | null;
  /** Names of the events that it wrote to the history of a token. */
  readonly events: string[];
}

/** The line of a request that was answered. */
export function logRequest(entry: LogEntry, request: Request, status: number, nowMilliseconds: number): void {
  console.log(
    JSON.stringify({
      level: "info",
      kind: "request",
      request_id: entry.requestId,
      method: request.method,
      route: entry.route,
      status,
      duration_ms: nowMilliseconds - entry.startedMilliseconds,
      colo: request.cf?.colo ?? null,
      country: request.cf?.country ?? null,
      reason: entry.refusal?.reason ?? null,
      why: entry.refusal?.reason === "usage_restricted" ? entry.refusal.why : null,
      events: entry.events,
    }),
  );
}

/** The line of an exception: a bug of ours, or a part of the platform that was away. */
export function logException(requestId: string, error: unknown): void {
  const { name, message, stack } = error instanceof Error ? error : { name: typeof error, message: "", stack: "" };
  console.error(
    JSON.stringify({
      level: "error",
      kind: "exception",
      request_id: requestId,
      name,
      // The parser of the runtime quotes its input.
      message: name === "SyntaxError" ? "" : withoutSecrets(message),
      stack: (stack ?? "").split("\n").filter((line) => line.startsWith("    at ")),
    }),
  );
}

/** A setting that is missing or malformed. `message` names it and holds no secret. */
export function logConfigError(requestId: string, message: string): void {
  console.error(JSON.stringify({ level: "error", kind: "configuration", request_id: requestId, message }));
}

/** A setting that works, but perhaps not as meant. */
export function logConfigWarning(message: string): void {
  console.warn(JSON.stringify({ level: "warning", kind: "configuration", message }));
}

/** Anything long enough to be a token, a key or a code of ours goes. */
function withoutSecrets(message: string): string {
  return message.replaceAll(/[\w.~+/=-]{20,}/g, "…").slice(0, 500);
}
