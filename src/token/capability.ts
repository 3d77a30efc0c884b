/** Capabilities: what a mytoken may do. The known list, coverage, defaults and tightening (semantics §3, DESIGN §8). */

export interface KnownCapability {
  readonly name: string;
  /** One sentence for people. */
  readonly description: string;
  /** How much it gives away: `powerful` reaches other tokens or settings, `critical` all of the user's settings. */
  readonly level: "normal" | "powerful" | "critical";
}

/** Every capability there is, in the order of the consent page. Descriptions and levels are ours; the wire has only names. */
export const CAPABILITIES = [
  { name: "AT", description: "Get access tokens.", level: "normal" },
  { name: "tokeninfo", description: "See everything about this token.", level: "normal" },
  { name: "tokeninfo:introspect", description: "See what this token is and may do.", level: "normal" },
  { name: "tokeninfo:history", description: "See what this token and its subtokens were used for.", level: "normal" },
  { name: "tokeninfo:subtokens", description: "See the subtokens made from this token.", level: "normal" },
  { name: "tokeninfo:notify", description: "Manage notifications about this token.", level: "normal" },
  { name: "tokeninfo:tags", description: "Manage the tags of this token.", level: "normal" },
  { name: "manage_mytokens", description: "See and revoke all of your tokens.", level: "powerful" },
  { name: "manage_mytokens:list", description: "List all of your tokens.", level: "powerful" },
  { name: "manage_mytokens:revoke", description: "Revoke any of your tokens.", level: "powerful" },
  { name: "manage_mytokens:history", description: "See what any of your tokens was used for.", level: "powerful" },
  { name: "manage_mytokens:tags", description: "Manage the tags of any of your tokens.", level: "powerful" },
  { name: "create_mytoken", description: "Make subtokens.", level: "normal" },
  { name: "settings", description: "Change all of your settings.", level: "critical" },
  { name: "read@settings", description: "See all of your settings.", level: "powerful" },
  { name: "settings:grants", description: "Switch grant types on and off.", level: "critical" },
  { name: "read@settings:grants", description: "See which grant types are on.", level: "normal" },
  { name: "settings:grants:ssh", description: "Add and remove SSH keys.", level: "powerful" },
  { name: "read@settings:grants:ssh", description: "See your SSH keys.", level: "normal" },
  { name: "settings:email", description: "Change your mail settings.", level: "normal" },
  { name: "read@settings:email", description: "See your mail settings.", level: "normal" },
  { name: "settings:tags", description: "Make, change and delete tags.", level: "normal" },
  { name: "read@settings:tags", description: "See your tags.", level: "normal" },
  { name: "manage_mytokens:notify", description: "Manage notifications about any of your tokens.", level: "powerful" },
  { name: "read@manage_mytokens:notify", description: "See notifications about any of your tokens.", level: "normal" },
] as const satisfies readonly KnownCapability[];

export type CapabilityName = (typeof CAPABILITIES)[number]["name"];

/** What a login gets that asks for no capabilities (semantics §3.3). */
export const LOGIN_DEFAULT: readonly CapabilityName[] = ["AT", "tokeninfo"];

const READ_ONLY = "read@";

/** Whether holding `held` includes `wanted` (semantics §3.2): segment by segment, and reading never includes writing. */
export function covers(held: string, wanted: string): boolean {
  const readOnly = held.startsWith(READ_ONLY);
  if (readOnly && !wanted.startsWith(READ_ONLY)) return false;
  const wantedSegments = segments(wanted);
  return segments(held).every((segment, depth) => segment === wantedSegments[depth]);
}

function segments(capability: string): readonly string[] {
  const path = capability.startsWith(READ_ONLY) ? capability.slice(READ_ONLY.length) : capability;
  return path.split(":");
}

/** Whether one member of `held` covers `wanted`. */
export function holds(held: readonly string[], wanted: string): boolean {
  return held.some((capability) => covers(capability, wanted));
}

/** The first name that no known capability covers: consent refuses it. Made-up children of known ones pass (Q44). */
export function firstUnknownCapability(names: readonly string[]): string | undefined {
  const known = CAPABILITIES.map(({ name }) => name);
  return names.find((name) => !holds(known, name));
}

/** The wanted names that `bound` covers, in their order. Nothing is clipped: a wider name vanishes (semantics §3.4). */
export function tightenCapabilities(bound: readonly string[], wanted: readonly string[]): readonly string[] {
  return wanted.filter((capability) => holds(bound, capability));
}
