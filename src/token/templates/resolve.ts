/** Requested restrictions, capabilities and rotation with their templates replaced (semantics §5.2, §5.3). */
import { parseRotation, type Rotation } from "../rotation.ts";
import { resolveContent } from "./content.ts";
import { isObject, type JsonObject } from "./merge.ts";
import type { TemplateLookup } from "./template.ts";
import { Walk, type Resolution } from "./walk.ts";

/**
 * The objects that a `restrictions` value (parsed JSON) comes down to, in the order of the clauses; they still have
 * to be parsed as clauses. `undefined`: absent, `null` or `""`.
 */
export function resolveRestrictions(
  content: unknown,
  lookup: TemplateLookup,
): Resolution<readonly JsonObject[] | undefined> {
  const walk = new Walk(lookup);
  return walk.resolution(restrictionsIn(walk, content));
}

/** The capability names that a `capabilities` value comes down to, each once. `undefined`: not requested (semantics §3.3). */
export function resolveCapabilities(
  content: unknown,
  lookup: TemplateLookup,
): Resolution<readonly string[] | undefined> {
  const walk = new Walk(lookup);
  return walk.resolution(capabilitiesIn(walk, content));
}

/** The rotation that a `rotation` value asks for. `undefined`: none. */
export function resolveRotation(content: unknown, lookup: TemplateLookup): Resolution<Rotation | undefined> {
  const walk = new Walk(lookup);
  return walk.resolution(rotationIn(walk, content));
}

export function restrictionsIn(walk: Walk, content: unknown): readonly JsonObject[] | undefined {
  const resolved = resolveContent(walk, "restrictions", content);
  return isObject(resolved) ? [resolved] : resolved;
}

export function rotationIn(walk: Walk, content: unknown): Rotation | undefined {
  const parsed = parseRotation(resolveContent(walk, "rotation", content));
  return parsed.ok ? parsed.value : walk.refuse(parsed.message);
}

export function capabilitiesIn(walk: Walk, content: unknown): readonly string[] | undefined {
  if (content === undefined || content === null || content === "") return undefined;
  const names = [...new Set(expandCapabilities(walk, content))];
  return names.length === 0 ? undefined : names;
}

/** Names in their order, repeats included; an element that begins with `@` stands for the members of a template. */
function expandCapabilities(walk: Walk, content: unknown): readonly string[] {
  const elements: unknown = typeof content === "string" ? content.split(" ") : content;
  if (!Array.isArray(elements)) {
    walk.refuse("capabilities must be an array of strings or a text");
    return [];
  }
  return elements.flatMap((element: unknown) => capabilitiesOf(walk, element));
}

function capabilitiesOf(walk: Walk, element: unknown): readonly string[] {
  if (typeof element !== "string" || element === "") {
    walk.refuse("a capability must be a text that is not empty");
    return [];
  }
  if (!element.startsWith("@")) return [element];
  const reference = element.slice(1);
  return walk.include("capabilities", reference, (payload) => templateCapabilities(walk, reference, payload)) ?? [];
}

/** An empty list would turn the request into one that asks for nothing, which means the default or the parent's all. */
function templateCapabilities(walk: Walk, reference: string, payload: unknown): readonly string[] {
  if (Array.isArray(payload) && payload.length === 0) walk.refuse(`template is empty: '${reference}'`);
  return expandCapabilities(walk, payload);
}
