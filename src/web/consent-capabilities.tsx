/** The capabilities as nested checkboxes: what stands below a ticked one is included in it (token-core §4.6). */
import { capabilityTree, type CapabilityNode, type CapabilityView } from "./capability-tree.ts";
import { shown } from "./shown.ts";

interface CapabilityChoiceProps {
  /** The member of the posted decision. */
  readonly name: "capabilities" | "subtoken_capabilities";
  readonly title: string;
  readonly known: readonly CapabilityView[];
  readonly requested: readonly string[];
}

/** All known capabilities, the requested ones ticked and in full view; requested ones that nobody knows are named and left out. */
export function CapabilityChoice({ name, title, known, requested }: CapabilityChoiceProps) {
  const ticked = new Set(requested);
  const unknown = requested.filter((wanted) => known.every((capability) => capability.name !== wanted));
  return (
    <fieldset data-choice={name}>
      <legend>
        <h2>{title}</h2>
      </legend>
      <AskedList nodes={capabilityTree(known)} name={name} ticked={ticked} />
      {unknown.length === 0 ? null : (
        <p class="quiet">Also asked for, but not on offer here: {shown(unknown.join(", "), 300)}</p>
      )}
    </fieldset>
  );
}

interface CapabilityListProps {
  readonly nodes: readonly CapabilityNode[];
  readonly name: string;
  readonly ticked: ReadonlySet<string>;
}

/** What was asked for in full view, the rest folded away: between all the others nobody would see it. */
function AskedList({ nodes, ...choice }: CapabilityListProps) {
  const asked = nodes.filter((node) => holdsTicked(node, choice.ticked));
  const rest = nodes.filter((node) => !asked.includes(node));
  return (
    <>
      <ul class="capabilities">
        {asked.map((node) => (
          <li>
            <CapabilityBox node={node} {...choice} />
            {choice.ticked.has(node.name) ? (
              <FoldedList title={`Parts of ${node.name}`} nodes={node.children} {...choice} />
            ) : (
              <AskedList nodes={node.children} {...choice} />
            )}
          </li>
        ))}
      </ul>
      <FoldedList title="Not asked for" nodes={rest} {...choice} />
    </>
  );
}

function FoldedList({ title, nodes, ...choice }: CapabilityListProps & { readonly title: string }) {
  if (nodes.length === 0) return null;
  return (
    <details>
      <summary>
        {title} ({nodes.length})
      </summary>
      <FullList nodes={nodes} {...choice} />
    </details>
  );
}

function FullList({ nodes, ...choice }: CapabilityListProps) {
  if (nodes.length === 0) return null;
  return (
    <ul class="capabilities">
      {nodes.map((node) => (
        <li>
          <CapabilityBox node={node} {...choice} />
          <FullList nodes={node.children} {...choice} />
        </li>
      ))}
    </ul>
  );
}

function CapabilityBox({ node, name, ticked }: Omit<CapabilityListProps, "nodes"> & { readonly node: CapabilityNode }) {
  return (
    <label class="option">
      <input type="checkbox" name={name} value={node.name} checked={ticked.has(node.name)} />
      <span>
        <code>{node.name}</code>{" "}
        {(node.level ?? "normal") === "normal" ? null : <span class={`level ${node.level}`}>{node.level}</span>}{" "}
        <span class="included" hidden>
          included{" "}
        </span>
        <span class="quiet">{shown(node.description, 200)}</span>
      </span>
    </label>
  );
}

function holdsTicked(node: CapabilityNode, ticked: ReadonlySet<string>): boolean {
  return ticked.has(node.name) || node.children.some((child) => holdsTicked(child, ticked));
}
