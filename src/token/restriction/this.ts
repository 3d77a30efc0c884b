/** The word `this` in `hosts` (semantics §1.2). */
import type { Clause } from "../clause.ts";
import { parseAddress } from "./address.ts";

export type Replaced =
  | { readonly ok: true; readonly clauses: readonly Clause[] }
  /** `clause` asks for the caller's address, which is unknown: left as it is it would be a host called "this". */
  | { readonly ok: false; readonly clause: number; readonly key: "hosts"; readonly message: string };

/** Puts the caller's address in the place of `this`: any letter case, only as a whole entry. */
export function replaceThis(clauses: readonly Clause[], address: string | null): Replaced {
  const first = clauses.findIndex((clause) => clause.hosts?.some(isThis));
  if (first < 0) return { ok: true, clauses };
  if (address === null || parseAddress(address) === null) {
    const message = `restrictions: clause ${first}: 'hosts' says 'this', but the address of the caller is unknown`;
    return { ok: false, clause: first, key: "hosts", message };
  }
  return {
    ok: true,
    clauses: clauses.map((clause) =>
      clause.hosts === undefined
        ? clause
        : { ...clause, hosts: clause.hosts.map((entry) => (isThis(entry) ? address : entry)) },
    ),
  };
}

function isThis(entry: string): boolean {
  return entry.toLowerCase() === "this";
}
