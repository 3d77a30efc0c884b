/** Which capabilities a new token gets, and how far its own subtokens may go (semantics §3.3, §3.4, DESIGN §8). */
import { holds, tightenCapabilities } from "./capability.ts";

/** The two members as they stand in claims and responses. */
export interface GrantedCapabilities {
  readonly capabilities: readonly string[];
  /** The bound of its subtokens; absent where it was not asked for: then `capabilities` is the bound. */
  readonly subtoken_capabilities?: readonly string[];
}

/** The two members of a request; absent and empty both mean "not requested". */
export interface RequestedCapabilities {
  readonly capabilities?: readonly string[] | undefined;
  readonly subtoken_capabilities?: readonly string[] | undefined;
}

/** For a token from a login: what was requested, or `fallback`. The bound of subtokens may name more than the token itself may do. */
export function rootCapabilities(requested: RequestedCapabilities, fallback: readonly string[]): GrantedCapabilities {
  const capabilities = nonEmpty(requested.capabilities) ?? fallback;
  return withBound(capabilities, nonEmpty(requested.subtoken_capabilities));
}

/**
 * For a subtoken: what was requested, as far as the parent's bound covers it; nothing requested: the parent's own
 * capabilities, likewise. `null` if nothing is left of either member: an empty bound, dropped, would widen.
 */
export function subtokenCapabilities(
  parent: GrantedCapabilities,
  requested: RequestedCapabilities,
): GrantedCapabilities | null {
  const bound = parent.subtoken_capabilities ?? parent.capabilities;
  const capabilities = tightenCapabilities(bound, nonEmpty(requested.capabilities) ?? parent.capabilities);
  if (capabilities.length === 0) return null;
  const wantedBound = nonEmpty(requested.subtoken_capabilities);
  const granted = withBound(capabilities, wantedBound && tightenCapabilities(bound, wantedBound));
  return granted.subtoken_capabilities?.length === 0 ? null : granted;
}

/** Without `create_mytoken` there are no subtokens to bound, and the member is dropped (DESIGN §8). */
function withBound(capabilities: readonly string[], bound: readonly string[] | undefined): GrantedCapabilities {
  if (bound === undefined || !holds(capabilities, "create_mytoken")) return { capabilities };
  return { capabilities, subtoken_capabilities: bound };
}

function nonEmpty(names: readonly string[] | undefined): readonly string[] | undefined {
  return names === undefined || names.length === 0 ? undefined : names;
}
