/** Resolving with templates that have to be fetched: resolve, load what is missing, resolve again. */
import { nowSeconds } from "../clock.ts";
import { DirectoryAway } from "../directory/answer.ts";
import { readTemplates, type StoredTemplate } from "../directory/profiles.ts";
import { badRequest, done, refuse, type Result } from "../errors.ts";
import { keyOf, type LoadedTemplate, type TemplateLookup, type TemplateName } from "../token/templates/template.ts";
import type { Resolution } from "../token/templates/walk.ts";
import { forget, recall, remember } from "./memory.ts";

/** How long an operator's change may go unnoticed by an isolate that read the template before. */
const YOUNG_SECONDS = 60;
const AWAY_RETRY_SECONDS = 5;

/** Those of the names that exist; `null`: nobody can tell at present. */
export type Load = (names: readonly TemplateName[]) => Promise<readonly LoadedTemplate[] | null>;

/**
 * What `resolve` comes to once everything it asks for is loaded: one round per level of nesting, which is bounded there.
 * `given` is known beforehand and never loaded.
 */
export async function resolveWith<Value>(
  load: Load,
  resolve: (lookup: TemplateLookup) => Resolution<Value>,
  given: readonly LoadedTemplate[] = [],
): Promise<Result<Value>> {
  const known = new Map(given.map((template) => [keyOf(template), template]));
  for (;;) {
    const resolution = resolve((name) => known.get(keyOf(name)));
    if (resolution.ok) return done(resolution.value);
    if ("message" in resolution) return badRequest(resolution.message);
    const loaded = await load(resolution.needs);
    if (loaded === null) return refuse({ reason: "temporarily_unavailable", retryAfterSeconds: AWAY_RETRY_SECONDS });
    for (const name of resolution.needs) known.set(keyOf(name), name);
    for (const template of loaded) known.set(keyOf(template), template);
  }
}

/** Loads from the directory only, for what must show the present state. Throws `DirectoryAway`. */
export function presentTemplates(directory: D1Database): Load {
  return async (names) => (await read(directory, names)).map(parsed);
}

/**
 * Loads from memory what is young, from the directory everything else; while that is away from memory of any age, then
 * from `otherwise`.
 */
export function knownTemplates(directory: D1Database, otherwise: TemplateLookup = () => undefined): Load {
  return async (names) => {
    const since = nowSeconds() - YOUNG_SECONDS;
    const young = names.flatMap((name) => recall(name, since) ?? []);
    const missing = names.filter((name) => recall(name, since) === undefined);
    if (missing.length === 0) return young.map(parsed);
    try {
      return [...young, ...(await read(directory, missing))].map(parsed);
    } catch (error) {
      if (!(error instanceof DirectoryAway)) throw error;
    }
    const recalled = names.map((name) => {
      const old = recall(name, 0);
      return old === undefined ? otherwise(name) : parsed(old);
    });
    return recalled.includes(undefined) ? null : recalled.filter((template) => template !== undefined);
  };
}

async function read(directory: D1Database, names: readonly TemplateName[]): Promise<readonly StoredTemplate[]> {
  const templates = await readTemplates(directory, names);
  const now = nowSeconds();
  names.forEach(forget);
  for (const template of templates) remember(template, now);
  return templates;
}

function parsed({ kind, group, name, payload }: StoredTemplate): LoadedTemplate {
  return { kind, group, name, payload: JSON.parse(payload) as unknown };
}
