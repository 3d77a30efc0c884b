/** Runs vectors-profiles.json. Every content is resolved with all templates at hand and with none, loading them as asked for. */
import { expect } from "vitest";
import { parseClauses } from "../../src/token/restriction/parse.ts";
import { mergeObjects, type JsonObject } from "../../src/token/templates/merge.ts";
import { resolveProfile } from "../../src/token/templates/profile.ts";
import { resolveCapabilities, resolveRestrictions, resolveRotation } from "../../src/token/templates/resolve.ts";
import { SHIPPED_TEMPLATES } from "../../src/token/templates/shipped.ts";
import {
  bareReference,
  DEFAULT_GROUP,
  keyOf,
  lookupIn,
  type LoadedTemplate,
  type TemplateKind,
  type TemplateLookup,
} from "../../src/token/templates/template.ts";
import { Walk, type Resolution } from "../../src/token/templates/walk.ts";
import { answerTo, casesOf, each, type VectorCase } from "./cases.ts";
import { PROFILE_RULES, REFUSED, type ProfileCase } from "./rules-profiles.ts";

const NOW = 1_700_000_000;

type Templates = readonly LoadedTemplate[];

interface ProfilesFile {
  readonly storeReferenceSuite: Record<string, Record<string, unknown>>;
  readonly shipped: Record<string, Record<string, unknown>>;
  readonly storeExtended: Record<string, Record<string, Record<string, string>>>;
}

export function runProfiles(file: unknown): VectorCase[] {
  const { storeReferenceSuite, shipped, storeExtended } = file as ProfilesFile;
  const referenceTemplates = templatesOf(storeReferenceSuite);
  const shippedTemplates = templatesOf(shipped);
  const extendedTemplates = Object.entries(storeExtended).flatMap(([kind, groups]) =>
    Object.entries(groups).flatMap(([group, entries]) =>
      Object.entries(entries).map(([name, text]) => ({ kind: kind as TemplateKind, group, name, payload: JSON.parse(text) as unknown })),
    ),
  );
  return casesOf(
    file,
    {
      referenceSuite: each((c: ProfileCase) => runCase(c, referenceTemplates)),
      extended: each((c: ProfileCase) => runCase(c, extendedTemplates)),
      shippedResolved: each((c: ProfileCase) => runCase({ ...c, content: c.kind === "capabilities" ? `@${c.name}` : c.name }, SHIPPED_TEMPLATES)),
      shipped: () => [
        { name: "are the ones we ship", run: () => expect(sorted(SHIPPED_TEMPLATES)).toEqual(sorted(shippedTemplates)) },
      ],
      fileLayering: (suite: { cases: readonly { name: string; global: unknown; user: unknown; expected: unknown }[] }) =>
        each((c: (typeof suite.cases)[number]) => {
          const both = c.user !== null && c.global !== null;
          const merged = both ? mergeObjects(new Walk(lookupIn([])), c.user as JsonObject, c.global as JsonObject) : (c.user ?? c.global);
          expect(merged).toEqual(c.expected);
        })(suite.cases as never),
    },
    ["meta", "storeReferenceSuite", "storeExtended"],
  );
}

function templatesOf(store: Record<string, Record<string, unknown>>): Templates {
  return Object.entries(store).flatMap(([kind, entries]) =>
    Object.entries(entries).map(([name, payload]) => ({ kind: kind as TemplateKind, group: DEFAULT_GROUP, name, payload })),
  );
}

function sorted(templates: Templates): Templates {
  return templates.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function runCase(c: Omit<ProfileCase, "parsed" | "payloadOf">, templates: Templates): void {
  if (c.kind === "name") {
    expect(bareReference(c.content)).toBe(c.expected);
    return;
  }
  const kind = c.kind as keyof typeof RESOLVERS;
  const parsed = parsedContent(c.content);
  const payloadOf = (name: string): unknown => templates.find((template) => template.name === name)?.payload;
  const outcome = outcomeOf(kind, parsed, templates);
  const expected = answerTo({ ...c, parsed, payloadOf }, PROFILE_RULES, c.expectedError === undefined ? c.expected : REFUSED);

  if (expected === "treat as absent" || expected === "treat null as absent") {
    expect(outcome).toHaveProperty("value");
    expect(outcome).toEqual(outcomeOf(kind, withoutNull(parsed as object), templates));
  } else if (expected === REFUSED) {
    expect(outcome).toHaveProperty("message");
    // The texts of type errors are Go's; these two are part of the protocol (semantics §1.2).
    if (/^(unknown|malformed) include name/.test(String(c.expectedError))) expect(outcome).toEqual({ message: c.expectedError });
  } else {
    const value = kind === "capabilities, before removing repeats" && Array.isArray(expected) ? [...new Set(expected)] : expected;
    expect(outcome).toEqual({ value: absolute(value) });
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

function withoutNull(object: object): object {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

type Outcome = { readonly value: unknown } | { readonly message: string };

const RESOLVERS: Record<string, (content: unknown, lookup: TemplateLookup) => Resolution<unknown>> = {
  "capabilities, before removing repeats": resolveCapabilities,
  capabilities: resolveCapabilities,
  restrictions: resolveRestrictions,
  rotation: resolveRotation,
  profile: resolveProfile,
};

function outcomeOf(kind: string, content: unknown, templates: Templates): Outcome {
  const resolve = RESOLVERS[kind]!;
  const atOnce = resolve(content, (name) => find(templates, name) ?? name);
  expect(atOnce).toEqual(resolveLoading(resolve, content, templates));
  if (!atOnce.ok) return { message: (atOnce as { message: string }).message };
  if (kind === "restrictions") return clausesOf(atOnce.value);
  if (kind !== "profile") return { value: atOnce.value ?? null };
  const { restrictions, ...profile } = atOnce.value as { restrictions?: unknown };
  if (restrictions === undefined) return { value: profile };
  const clauses = clausesOf(restrictions);
  return "value" in clauses ? { value: { ...profile, restrictions: clauses.value } } : clauses;
}

function clausesOf(value: unknown): Outcome {
  if (value === undefined) return { value: null };
  const parsed = parseClauses(value, { now: NOW });
  return parsed.ok ? { value: parsed.clauses } : { message: parsed.message };
}

function find(templates: Templates, { kind, group, name }: LoadedTemplate): LoadedTemplate | undefined {
  return templates.find((template) => template.kind === kind && template.group === group && template.name === name);
}

function resolveLoading(resolve: (typeof RESOLVERS)[string], content: unknown, templates: Templates): Resolution<unknown> {
  const loaded: LoadedTemplate[] = [];
  for (;;) {
    const resolution = resolve(content, lookupIn(loaded));
    if (resolution.ok || !("needs" in resolution)) return resolution;
    expect(resolution.needs.length).toBeGreaterThan(0);
    loaded.push(...resolution.needs.map((name) => find(templates, name) ?? name));
  }
}

function absolute(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(absolute);
  if (typeof value !== "object" || value === null) return value;
  if ("fromNow" in value) return NOW + (value.fromNow as number);
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, absolute(member)]));
}
