/** The member `rotation` of tokens and requests (semantics §4.1). What it brings about is in rotation/generation.ts. */

/** When a mytoken gets a successor (semantics §4.1). False and 0 are omitted; `{}` is a rotation with nothing set. */
export interface Rotation {
  readonly on_AT?: boolean;
  readonly on_other?: boolean;
  /** Seconds for which one generation lives; absent or 0 is unlimited. */
  readonly lifetime?: number;
  /** Whether reuse of an outdated generation revokes the token and everything below it. */
  readonly auto_revoke?: boolean;
}

export type ParsedRotation =
  | { readonly ok: true; readonly value: Rotation | undefined }
  | { readonly ok: false; readonly message: string };

/** What the reference can count (Q50): more seconds mean just this many. */
const LONGEST_LIFETIME_SECONDS = 9_223_372_036;

const FLAGS = ["on_AT", "on_other", "auto_revoke"] as const;

/**
 * The rotation that a parsed JSON value asks for; absent and `null`: none. Keys match in any letter case, the last one
 * wins; unknown keys and members that are `null` are ignored (token-core §4.1, §4.5). Refuses other types and a lifetime
 * that is negative or no integer, with a text for the client.
 */
export function parseRotation(value: unknown): ParsedRotation {
  if (value === undefined || value === null) return { ok: true, value: undefined };
  if (typeof value !== "object" || Array.isArray(value)) return refused("rotation must be an object");
  const members = new Map(Object.entries(value).map(([key, member]) => [key.toLowerCase(), member as unknown]));

  const rotation: { -readonly [Key in keyof Rotation]: Rotation[Key] } = {};
  for (const flag of FLAGS) {
    const member = members.get(flag.toLowerCase()) ?? false;
    if (typeof member !== "boolean") return refused(`rotation: ${flag} must be true or false`);
    if (member) rotation[flag] = true;
  }
  const lifetime = members.get("lifetime") ?? 0;
  if (typeof lifetime !== "number" || !Number.isInteger(lifetime) || lifetime < 0) {
    return refused("rotation: lifetime must be a whole number of seconds, not negative");
  }
  if (lifetime > 0) rotation.lifetime = Math.min(lifetime, LONGEST_LIFETIME_SECONDS);
  return { ok: true, value: inWireOrder(rotation) };
}

/** The rotation as tokens and answers carry it: members in the order of semantics §4.1, without false and 0. */
function inWireOrder({ on_AT, on_other, lifetime, auto_revoke }: Rotation): Rotation {
  return {
    ...(on_AT ? { on_AT } : {}),
    ...(on_other ? { on_other } : {}),
    ...(lifetime ? { lifetime } : {}),
    ...(auto_revoke ? { auto_revoke } : {}),
  };
}

function refused(message: string): ParsedRotation {
  return { ok: false, message };
}
