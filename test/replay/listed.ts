/** Single steps that differ on purpose: listed.json, each with an id of docs/DIVERGENCES.md. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { jsonOf, type Received } from "./wire.ts";

export interface Listed {
  readonly topic: string;
  readonly chain: string;
  readonly step: number;
  /** In docs/DIVERGENCES.md. */
  readonly id: string;
  /** What we answer: another answer is a difference all the same. Absent where no request is sent. */
  readonly status?: number;
  readonly error?: string;
}

export const LISTED = JSON.parse(readFileSync(join(import.meta.dirname, "listed.json"), "utf8")) as readonly Listed[];

export function listedFor(topic: string, chain: string, step: number): Listed | undefined {
  return LISTED.find((entry) => entry.topic === topic && entry.chain === chain && entry.step === step);
}

/** Status and error code. */
export function answerOf({ status, text }: Received): { status: number; error?: unknown } {
  const body = jsonOf(text);
  return body !== null && typeof body === "object" && "error" in body ? { status, error: body.error } : { status };
}

/** Whether the answer is the one that the list names. */
export function isAsListed({ status, error }: Listed, actual: Received | undefined): boolean {
  if (!actual) return status === undefined;
  const answer = answerOf(actual);
  return answer.status === status && answer.error === error;
}
