/** Templates and how they are named (semantics §5.1). */

export const TEMPLATE_KINDS = ["profiles", "capabilities", "restrictions", "rotation"] as const;
export type TemplateKind = (typeof TEMPLATE_KINDS)[number];

/** The group whose name need not be written. */
export const DEFAULT_GROUP = "_";

/** What identifies a template; compared exactly, group included (N1). */
export interface TemplateName {
  readonly kind: TemplateKind;
  readonly group: string;
  readonly name: string;
}

/** The outcome of looking for a template. Without `payload` (parsed JSON) there is no such template. */
export interface LoadedTemplate extends TemplateName {
  readonly payload?: unknown;
}

/** Synchronous access to what is loaded; `undefined`: not looked for yet. */
export type TemplateLookup = (name: TemplateName) => LoadedTemplate | undefined;

/** The lookup over what was loaded so far. Names like `constructor` are just names. */
export function lookupIn(loaded: Iterable<LoadedTemplate>): TemplateLookup {
  const templates = new Map(Array.from(loaded, (template) => [keyOf(template), template]));
  return (name) => templates.get(keyOf(name));
}

/** One text per template name. */
export function keyOf({ kind, group, name }: TemplateName): string {
  return JSON.stringify([kind, group, name]);
}

const LONGEST_REFERENCE = 256;

/** A reference without its leading `@`, as error texts show it. */
export function bareReference(reference: string): string {
  return reference.startsWith("@") ? reference.slice(1) : reference;
}

/** The template that `[@][group/]name` means; empty path parts do not count. `null`: malformed, or nothing named. */
export function parseReference(kind: TemplateKind, reference: string): TemplateName | null {
  const parts = bareReference(reference)
    .split("/")
    .filter((part) => part !== "");
  if (reference.length > LONGEST_REFERENCE || parts.length > 2) return null;
  const name = parts.at(-1);
  if (name === undefined) return null;
  return { kind, group: parts.length === 2 ? (parts[0] ?? DEFAULT_GROUP) : DEFAULT_GROUP, name };
}
