/** The capabilities as `GET /api/v0/capabilities` shows them (extended §10.7): a reading twin stands in its writing one's node. */

/** A capability with what it includes. */
export interface Capability {
  readonly name: string;
  readonly description: string;
  readonly level?: "normal" | "powerful" | "critical";
  readonly children: readonly Capability[];
}

/** `color_class` is a name of the reference's style sheet; the sentences are ours. */
const LEVELS = {
  normal: { color_class: "text-success", capability_level: "This capability gives little away." },
  powerful: { color_class: "text-warning", capability_level: "This capability reaches other tokens or settings." },
  critical: { color_class: "text-danger", capability_level: "This capability reaches everything of the user." },
};

export function nodeOf(capability: Capability): object {
  const twinName = `read@${capability.name}`;
  const twin = capability.children.find(({ name }) => name === twinName);
  const children = capability.children.filter((child) => child !== twin);
  return {
    read_write_capability: viewOf(capability, false),
    ...(twin && { read_only_capability: viewOf(twin, true) }),
    ...(children.length > 0 && { children: children.map(nodeOf) }),
  };
}

function viewOf({ name, description, level = "normal" }: Capability, readOnly: boolean): object {
  return { name, description, is_read_only: readOnly, ...LEVELS[level] };
}
