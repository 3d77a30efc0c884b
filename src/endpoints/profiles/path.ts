/** What a path below `/api/v0/pt` is about (semantics §5.5): `[GROUP/]KIND[/ID]`. */
import { DEFAULT_GROUP, TEMPLATE_KINDS, type TemplateKind } from "../../token/templates/template.ts";

export interface Place {
  readonly kind: TemplateKind;
  /** Compared exactly (N1). */
  readonly group: string;
  /** As it stands there. */
  readonly id?: string;
}

/** `/api/v0/pt/`. */
const SEGMENTS_BEFORE = 4;

/** The place that a path names, `null` if it names none. A kind, like all fixed segments, matches in any letter case. */
export function placeOf(pathname: string): Place | null {
  const parts = pathname.replace(/\/$/, "").split("/").slice(SEGMENTS_BEFORE).map(decoded);
  const [first = null, second = null, third = null] = parts;
  const [kind, groupsKind] = [kindIn(first), kindIn(second)];
  if (parts.includes(null) || first === null) return null;
  if (groupsKind !== null) return { kind: groupsKind, group: first, ...(third !== null && { id: third }) };
  if (kind === null || third !== null) return null;
  return { kind, group: DEFAULT_GROUP, ...(second !== null && { id: second }) };
}

function kindIn(segment: string | null): TemplateKind | null {
  return TEMPLATE_KINDS.find((kind) => kind === segment?.toLowerCase()) ?? null;
}

/** A plus sign is a blank here, as in the reference; `null` for escapes that are none. */
function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment.replaceAll("+", " "));
  } catch {
    return null;
  }
}
