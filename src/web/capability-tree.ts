/** The flat list of capabilities as a tree in which whoever holds a node holds everything below it (token-core §4.6). */

/** A capability as a page shows it. */
export interface CapabilityView {
  readonly name: string;
  readonly description: string;
  /** Named beside the capability unless `normal`. */
  readonly level?: "normal" | "powerful" | "critical";
}

export interface CapabilityNode extends CapabilityView {
  readonly children: readonly CapabilityNode[];
}

/** The tree, siblings in the list's order; a capability whose coverers are not in the list stands at the top. */
export function capabilityTree(known: readonly CapabilityView[]): readonly CapabilityNode[] {
  const names = new Set(known.map(({ name }) => name));
  const parents = new Map(known.map(({ name }) => [name, coverers(name).find((coverer) => names.has(coverer))]));
  const below = (parent: string | undefined): readonly CapabilityNode[] =>
    known
      .filter(({ name }) => parents.get(name) === parent)
      .map((capability) => ({ ...capability, children: below(capability.name) }));
  return below(undefined);
}

/** The other names that cover this one, nearest first: a `read@` name sits below its writing twin. */
function coverers(name: string): readonly string[] {
  const readOnly = name.startsWith("read@");
  const parts = (readOnly ? name.slice("read@".length) : name).split(":");
  const paths = parts.map((_, depth) => parts.slice(0, parts.length - depth).join(":"));
  return paths.flatMap((path) => (readOnly ? [`read@${path}`, path] : [path])).filter((path) => path !== name);
}
