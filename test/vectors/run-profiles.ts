/** Runs vectors-profiles.json: each content with all templates at hand, and again with none, loading what is asked for. */
import { parseClauses } from "../../src/token/restriction/parse.ts";
import { mergeObjects, type JsonObject } from "../../src/token/templates/merge.ts";
import { resolveProfile } from "../../src/token/templates/profile.ts";
import { resolveCapabilities, resolveRestrictions, resolveRotation } from "../../src/token/templates/resolve.ts";
import { SHIPPED_TEMPLATES } from "../../src/token/templates/shipped.ts";
import { bareReference, DEFAULT_GROUP, keyOf, lookupIn } from "../../src/token/templates/template.ts";
import type { LoadedTemplate, TemplateKind, TemplateLookup, TemplateName } from "../../src/token/templates/template.ts";
import { Walk, type Resolution } from "../../src/token/templates/walk.ts";
import { profileRules, type ContentCase } from "./rules-profiles.ts";
import { DATA, NOW, REFUSED, runSuites, type Suite, type VectorCase, type VectorTest } from "./run-suites.ts";

type Templates = readonly LoadedTemplate[];
type Store = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

export function runProfiles(file: unknown): VectorTest[] {
  return runSuites(file, SUITES);
}

type Contents = readonly { readonly content: string }[];

function withTemplates(cases: Contents, templates: Templates): readonly object[] {
  return cases.map((vector) => ({ ...vector, parsed: parsedContent(vector.content), templates }));
}

const SUITES: Readonly<Record<string, Suite>> = {
  storeReferenceSuite: DATA,
  storeExtended: DATA,
  referenceSuite: {
    cases: (cases: Contents, file) => withTemplates(cases, templatesOf((file["storeReferenceSuite"] ?? {}) as Store)),
    answer: answerTo,
    demanded,
    rules: profileRules.referenceSuite,
  },
  extended: {
    cases: (cases: Contents, file) =>
      withTemplates(cases, extendedTemplates((file["storeExtended"] ?? {}) as Readonly<Record<string, Store>>)),
    answer: answerTo,
    demanded,
    rules: profileRules.extended,
  },
  shippedResolved: {
    cases: (cases: readonly { readonly kind: string; readonly name: string }[]) => {
      const contents = cases.map((vector) => {
        const content = vector.kind === "capabilities" ? `@${vector.name}` : vector.name;
        return { ...vector, content };
      });
      return withTemplates(contents, SHIPPED_TEMPLATES);
    },
    answer: answerTo,
    demanded,
    rules: profileRules.shippedResolved,
  },
  shipped: {
    cases: (store: Store) => [{ expected: sorted(templatesOf(store)) }],
    answer: () => sorted(SHIPPED_TEMPLATES),
  },
  // Only the command line client has layers of files: the user's is merged as what includes the global one.
  fileLayering: {
    cases: ({ cases }: { readonly cases: readonly object[] }) => cases,
    answer: ({ global, user }: { global: JsonObject | null; user: JsonObject | null }) =>
      global === null || user === null ? (user ?? global) : mergeObjects(new Walk(lookupIn([])), user, global),
  },
};

const RESOLVERS: Readonly<Record<string, (content: unknown, lookup: TemplateLookup) => Resolution<unknown>>> = {
  // Our resolution has no such stage; `demanded` removes the repeats there.
  "capabilities, before removing repeats": resolveCapabilities,
  capabilities: resolveCapabilities,
  restrictions: resolveRestrictions,
  rotation: resolveRotation,
  profile: resolveProfile,
};

/** The resolved value, clauses parsed, `null` for none; the message of a refusal where it is part of the protocol. */
function answerTo({ kind, parsed, templates }: ContentCase): unknown {
  if (kind === "name") return bareReference(String(parsed ?? ""));
  const resolve = RESOLVERS[kind];
  if (resolve === undefined) throw new Error(`kind not run: ${kind}`);
  const resolution = resolve(parsed, (name) => find(templates, name));
  const loading = resolveLoading(resolve, parsed, templates);
  if (JSON.stringify(loading) !== JSON.stringify(resolution)) throw new Error("loading on demand changes the answer");
  if (!resolution.ok) return "message" in resolution ? protocolMessage(resolution.message) : resolution;
  if (kind === "restrictions") return clausesOf(resolution.value);
  const { value } = resolution;
  if (kind !== "profile") return value ?? null;
  const { restrictions, ...rest } = value as { restrictions?: unknown };
  if (restrictions === undefined) return rest;
  const clauses = clausesOf(restrictions);
  return clauses === REFUSED ? REFUSED : { ...rest, restrictions: clauses };
}

function demanded(vector: VectorCase): unknown {
  const { expected, expectedError, recommended, kind, parsed, templates } = vector;
  if (recommended === "400 invalid_request") return REFUSED;
  if (recommended !== undefined) {
    // "treat as absent", "treat null as absent"
    const members = Object.entries(parsed as object).filter(([, value]) => value !== null);
    return answerTo({ kind, parsed: Object.fromEntries(members), templates } as ContentCase);
  }
  if (expectedError !== undefined) return protocolMessage(String(expectedError));
  return String(kind).includes("before removing repeats") && Array.isArray(expected)
    ? [...new Set(expected)]
    : expected;
}

/** Other texts are Go's (semantics §1.2). */
function protocolMessage(message: string): string {
  return /^(unknown|malformed) include name/.test(message) ? message : REFUSED;
}

function clausesOf(value: unknown): unknown {
  if (value === undefined) return null;
  const parsed = parseClauses(value, { now: NOW });
  return parsed.ok ? parsed.clauses : REFUSED;
}

/** All templates are at hand: what is not there does not exist. */
function find(templates: Templates, name: TemplateName): LoadedTemplate {
  return templates.find((template) => keyOf(template) === keyOf(name)) ?? name;
}

function resolveLoading(
  resolve: (content: unknown, lookup: TemplateLookup) => Resolution<unknown>,
  content: unknown,
  templates: Templates,
): Resolution<unknown> {
  const loaded: LoadedTemplate[] = [];
  for (;;) {
    const resolution = resolve(content, lookupIn(loaded));
    if (resolution.ok || "message" in resolution) return resolution;
    if (resolution.needs.length === 0) throw new Error("needs nothing");
    loaded.push(...resolution.needs.map((name) => find(templates, name)));
  }
}

function parsedContent(content: string): unknown {
  if (content === "") return undefined;
  try {
    return JSON.parse(content);
  } catch {
    return content;
  }
}

function templatesOf(store: Store): Templates {
  return Object.entries(store).flatMap(([kind, payloads]) => groupOf(kind, DEFAULT_GROUP, payloads));
}

/** Payloads are JSON texts there. */
function extendedTemplates(store: Readonly<Record<string, Store>>): Templates {
  const templates = Object.entries(store).flatMap(([kind, groups]) =>
    Object.entries(groups).flatMap(([group, payloads]) => groupOf(kind, group, payloads)),
  );
  return templates.map((template) => ({ ...template, payload: JSON.parse(String(template.payload)) as unknown }));
}

function groupOf(kind: string, group: string, payloads: Readonly<Record<string, unknown>>): Templates {
  return Object.entries(payloads).map(([name, payload]) => ({ kind: kind as TemplateKind, group, name, payload }));
}

function sorted(templates: Templates): Templates {
  return templates.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}
