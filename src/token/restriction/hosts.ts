/** `hosts`: client address against entry, and entry against entry (semantics §1.5). */
import {
  addressText,
  contains,
  containsNetwork,
  isSingle,
  parseNetwork,
  type Address,
  type Network,
} from "./address.ts";

/** Names are in lower case (DNS ignores case: semantics Q8) and without the final dot. */
export type HostEntry =
  | ({ readonly kind: "network" } & Network)
  | { readonly kind: "name"; readonly name: string }
  /** `*` in front; `tail` is what follows it. */
  | { readonly kind: "wildcard"; readonly tail: string };

/**
 * Forward-confirmed reverse names per address, keyed by `addressText`. Absolute, with final dot (semantics §1.5).
 * An address that is missing has no names.
 */
export type ReverseNames = ReadonlyMap<string, readonly string[]>;

/** Everything that is no address and no network is a name, also what no host can be called. */
export function parseHost(text: string): HostEntry {
  const network = parseNetwork(text);
  if (network !== null) return { kind: "network", ...network };
  const name = relative(text.toLowerCase());
  return name.startsWith("*") ? { kind: "wildcard", tail: name.slice(1) } : { kind: "name", name };
}

/**
 * Whether a client may come from `address`. `reverseNames` are its forward-confirmed names: `null` if there are none,
 * `undefined` if nobody has looked; then `undefined` comes back if and only if they decide.
 * An unknown address (`null`) is nowhere.
 */
export function matchesHosts(
  hosts: readonly string[],
  address: Address | null,
  reverseNames: readonly string[] | null | undefined,
): boolean | undefined {
  if (address === null) return false;
  let named = false;
  for (const text of hosts) {
    const entry = parseHost(text);
    if (entry.kind === "network") {
      if (contains(entry, address)) return true;
    } else if (reverseNames === undefined) named ||= !isNameless(entry);
    else if (reverseNames?.some((reverse) => isNamed(entry, reverse))) return true;
  }
  return named ? undefined : false;
}

/**
 * Whether whoever matches `inner` matches `outer`: the table "child covered by parent" of semantics §1.5, but for a name
 * under an address. It may have other addresses, too, and would widen (DESIGN §3.8).
 */
export function coversHost(outer: HostEntry, inner: HostEntry, names: ReverseNames): boolean {
  if (inner.kind === "network") {
    if (outer.kind === "network") return containsNetwork(outer, inner);
    return reverseNamesOf(inner, names).some((reverse) => isNamed(outer, reverse));
  }
  if (outer.kind === "wildcard") return (inner.kind === "name" ? inner.name : inner.tail).endsWith(outer.tail);
  return outer.kind === "name" && inner.kind === "name" && inner.name === outer.name;
}

/** The addresses whose reverse names can decide whether `inner` entries are covered by `outer` ones, as `addressText`. */
export function addressesToName(outer: readonly HostEntry[], inner: readonly HostEntry[]): readonly string[] {
  if (!outer.some((entry) => entry.kind !== "network" && !isNameless(entry))) return [];
  const asked = inner.flatMap((entry) => {
    if (entry.kind !== "network" || !isSingle(entry)) return [];
    const covered = outer.some((o) => o.kind === "network" && containsNetwork(o, entry));
    return covered ? [] : [addressText(entry.base)];
  });
  return [...new Set(asked)];
}

function reverseNamesOf(network: Network, names: ReverseNames): readonly string[] {
  return isSingle(network) ? (names.get(addressText(network.base)) ?? []) : [];
}

function isNamed(entry: Exclude<HostEntry, { kind: "network" }>, reverse: string): boolean {
  const name = relative(reverse.toLowerCase());
  if (entry.kind === "name") return entry.name !== "" && entry.name === name;
  // A name without the final dot comes from a local file, which `*` does not mean (semantics §1.5 [rec]).
  return entry.tail === "" ? reverse.endsWith(".") : name.endsWith(entry.tail);
}

/** An empty entry names nobody (semantics Q11). */
function isNameless(entry: HostEntry): boolean {
  return entry.kind === "name" && entry.name === "";
}

function relative(name: string): string {
  return name.endsWith(".") ? name.slice(0, -1) : name;
}
