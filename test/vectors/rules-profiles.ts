/** Where our resolution of templates differs from the reference's. */
import { CLAUSE_KEYS } from "../../src/token/clause.ts";
import type { Rule } from "./rule.ts";

export interface ProfileCase {
  readonly name: string;
  readonly kind: string;
  readonly content: string;
  readonly expected?: unknown;
  readonly expectedError?: true | string;
  readonly expectedOutcome?: string;
  readonly recommended?: string;
  /** Filled in by the runner: `content` as parsed JSON, or the text if it is none. */
  readonly parsed: unknown;
  readonly payloadOf: (name: string) => unknown;
}

/** The answer of a refusal, whatever its text. */
export const REFUSED = "400 invalid_request";

const CLAUSE_MEMBERS = new Set(["include", ...CLAUSE_KEYS].map((key) => key.toLowerCase()));

export const PROFILE_RULES: readonly Rule<ProfileCase>[] = [
  {
    id: "equal-clauses-collapse",
    applies: ({ kind, parsed }) => kind === "restrictions" && Array.isArray(parsed) && once(parsed).length < parsed.length,
    answer: ({ parsed }) => once(parsed as unknown[]),
  },
  {
    id: "Q14",
    applies: ({ kind, parsed, payloadOf }) =>
      kind === "restrictions" && typeof parsed === "string" && payloadOf(parsed) === null,
    answer: () => REFUSED,
  },
  {
    id: "clause-key-unknown",
    applies: ({ kind, parsed }) => kind === "restrictions" && clausesIn(parsed).some(hasUnknownKey),
    answer: () => REFUSED,
  },
  {
    // Also in the reference's requests, where the quotes are removed first.
    id: "capabilities-empty-text",
    applies: ({ kind, parsed }) => kind === "capabilities" && parsed === "",
    answer: () => null,
  },
  {
    id: "subtoken-capabilities",
    applies: ({ kind, parsed }) => kind === "profile" && isObject(parsed) && "subtoken_capabilities" in parsed,
    answer: ({ parsed }) => ({ subtoken_capabilities: (parsed as Record<string, unknown>)["subtoken_capabilities"] }),
  },
];

function once(values: readonly unknown[]): unknown[] {
  const texts = values.map((value) => JSON.stringify(value));
  return values.filter((_, index) => texts.indexOf(texts[index]!) === index);
}

function clausesIn(parsed: unknown): readonly object[] {
  return [parsed].flat(Infinity).filter(isObject);
}

function hasUnknownKey(clause: object): boolean {
  return Object.keys(clause).some((key) => !CLAUSE_MEMBERS.has(key.toLowerCase()));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
