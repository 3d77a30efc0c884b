/**
 * What this isolate has read of the templates. It saves a query while it is young, and resolves names while D1 is down
 * at any age. Bounded by size; holds results, never promises, and nothing of what does not exist: names that do not
 * exist anybody can make up.
 */
import type { StoredTemplate } from "../directory/profiles.ts";
import { keyOf, type TemplateName } from "../token/templates/template.ts";

/** Characters of JSON; what was read longest ago goes first. */
const CAPACITY = 2_000_000;
/** What an entry costs beside its payload. */
const OVERHEAD = 500;

interface Memory {
  readonly template: StoredTemplate;
  readonly readAt: number;
}

const memories = new Map<string, Memory>();
let size = 0;

/** Keeps what was read or written at `now`. */
export function remember(template: StoredTemplate, now: number): void {
  forget(template);
  memories.set(keyOf(template), { template, readAt: now });
  size += sizeOf(template);
  for (const { template: oldest } of memories.values()) {
    if (size <= CAPACITY) break;
    forget(oldest);
  }
}

/** Drops what is known to be gone. */
export function forget(name: TemplateName): void {
  const known = memories.get(keyOf(name));
  if (known === undefined) return;
  memories.delete(keyOf(name));
  size -= sizeOf(known.template);
}

/** What was read of a name, if it was read at or after `since`. */
export function recall(name: TemplateName, since: number): StoredTemplate | undefined {
  const known = memories.get(keyOf(name));
  return known !== undefined && known.readAt >= since ? known.template : undefined;
}

function sizeOf({ payload }: StoredTemplate): number {
  return payload.length + OVERHEAD;
}
