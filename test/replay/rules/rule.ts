/** A difference as a matter of principle. */
import type { HttpStep, JsonObject, RecordedRequest, RecordedResponse } from "../recording.ts";
import type { Run } from "../run.ts";
import type { Received, Sent } from "../wire.ts";

export interface Exchange {
  readonly step: HttpStep;
  readonly run: Run;
  readonly sent: Sent;
  readonly actual: Received;
  /** Whether the provider cut a connection meanwhile. */
  readonly cut: boolean;
}

export interface Rule {
  /** In docs/DIVERGENCES.md. */
  readonly id: string;
  /** What we answer instead, or `null` where the rule says nothing. */
  readonly adapt: (expected: RecordedResponse, exchange: Exchange) => RecordedResponse | null;
}

/** The members of a recorded request, JSON or form. */
export function membersSent({ json, form }: RecordedRequest): JsonObject {
  return (form ?? json ?? {}) as JsonObject;
}
