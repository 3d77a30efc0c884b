/** Our divergences in vectors-profiles.json. */
import { CLAUSE_KEYS } from "../../src/token/clause.ts";
import type { LoadedTemplate } from "../../src/token/templates/template.ts";
import { REFUSED } from "./run-suites.ts";
import type { Rule } from "./rule.ts";

export interface ContentCase {
  readonly kind: string;
  /** Parsed JSON, or the text if it is none. */
  readonly parsed: unknown;
  readonly templates: readonly LoadedTemplate[];
}

/** Parsed JSON does not show blanks. Equal clauses share one counter anyhow (Q6). */
const equalClauses: Rule<ContentCase> = {
  id: "equal-clauses",
  applies: ({ kind, parsed }) =>
    kind === "restrictions" && Array.isArray(parsed) && once(parsed).length < parsed.length,
  answer: ({ parsed }) => once(parsed as unknown[]),
};

/** Q14: a template that holds nothing would leave the request without restrictions. */
const nullTemplate: Rule<ContentCase> = {
  id: "null-template",
  applies: ({ kind, parsed, templates }) =>
    templates.some((template) => template.kind === kind && template.name === parsed && template.payload === null),
  answer: () => REFUSED,
};

/** DESIGN §8, as in rules-restrictions.ts. */
const unknownKey: Rule<ContentCase> = {
  id: "unknown-keys",
  applies: ({ kind, parsed, templates }) => {
    if (kind !== "restrictions") return false;
    const known = new Set(templates.filter((template) => template.kind === kind).map(({ name }) => name));
    const clauses = [parsed].flat(Infinity);
    // An unknown template is refused before.
    return clauses.some(hasUnknownKey) && clauses.flatMap(includesOf).every((name) => known.has(name));
  },
  answer: () => REFUSED,
};

/** `""` is "not requested" in a request of the reference, too, where the quotes are gone before parsing. */
const emptyText: Rule<ContentCase> = {
  id: "capabilities-empty-text",
  applies: ({ kind, parsed }) => kind === "capabilities" && parsed === "",
  answer: () => null,
};

/** DESIGN §8: `subtoken_capabilities` is supported. */
const subtokenCapabilities: Rule<ContentCase> = {
  id: "subtoken-capabilities",
  applies: ({ kind, parsed }) => kind === "profile" && isObject(parsed) && "subtoken_capabilities" in parsed,
  answer: ({ parsed }) => parsed,
};

const CONTENT_RULES = [equalClauses, nullTemplate, unknownKey, emptyText, subtokenCapabilities];

export const profileRules = { referenceSuite: [], shippedResolved: [], extended: CONTENT_RULES } as const;

function once(values: readonly unknown[]): unknown[] {
  const texts = values.map((value) => JSON.stringify(value));
  return values.filter((_, index) => texts.indexOf(texts[index] ?? "") === index);
}

const CLAUSE_MEMBERS = new Set(["include", ...CLAUSE_KEYS].map((key) => key.toLowerCase()));

function hasUnknownKey(clause: unknown): boolean {
  return isObject(clause) && Object.keys(clause).some((key) => !CLAUSE_MEMBERS.has(key.toLowerCase()));
}

/** Names without their group. */
function includesOf(clause: unknown): readonly string[] {
  const include = isObject(clause) ? (clause as { include?: unknown }).include : undefined;
  const names = [include].flat().flatMap((given) => (typeof given === "string" ? given.split(" ") : []));
  return names.map((name) => name.slice(name.lastIndexOf("/") + 1));
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
