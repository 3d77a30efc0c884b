/** Whether one clause is at least as tight as another (semantics §2.2). No reasoning across keys. */
import { CLAUSE_KEYS, type Clause, type ClauseKey } from "../clause.ts";
import { countryCode } from "./country.ts";
import { coversHost, parseHost, type HostEntry, type ReverseNames } from "./hosts.ts";
import { words } from "./values.ts";

/** A clause made ready for many comparisons: absent bounds are infinite, lists are parsed. */
export interface Measured {
  readonly nbf: number;
  readonly exp: number;
  /** `null` is any scope; blanks only are no scope at all, as where a use is judged (semantics §1.1). */
  readonly scope: ReadonlySet<string> | null;
  readonly audience: ReadonlySet<string> | null;
  /** Empty is anywhere. */
  readonly hosts: readonly HostEntry[];
  readonly geoip_allow: ReadonlySet<string> | null;
  readonly geoip_disallow: ReadonlySet<string>;
  readonly usages_AT: number;
  readonly usages_other: number;
}

/** Per key: whether the child permits no more than the parent. */
const WITHIN: Readonly<Record<ClauseKey, (child: Measured, parent: Measured, names: ReverseNames) => boolean>> = {
  nbf: (child, parent) => child.nbf >= parent.nbf,
  exp: (child, parent) => child.exp <= parent.exp,
  scope: (child, parent) => isSubset(child.scope, parent.scope),
  audience: (child, parent) => isSubset(child.audience, parent.audience),
  hosts: (child, parent, names) => parent.hosts.length === 0 || areCovered(child.hosts, parent.hosts, names),
  geoip_allow: (child, parent) => isSubset(child.geoip_allow, parent.geoip_allow),
  geoip_disallow: (child, parent) => [...parent.geoip_disallow].every((code) => child.geoip_disallow.has(code)),
  usages_AT: (child, parent) => child.usages_AT <= parent.usages_AT,
  usages_other: (child, parent) => child.usages_other <= parent.usages_other,
};

export function measure(clause: Clause): Measured {
  return {
    nbf: clause.nbf ?? 0,
    exp: clause.exp || Infinity,
    scope: clause.scope ? new Set(words(clause.scope)) : null,
    audience: bound(clause.audience),
    hosts: (clause.hosts ?? []).map(parseHost),
    geoip_allow: bound(clause.geoip_allow?.map(countryCode)),
    geoip_disallow: new Set(clause.geoip_disallow?.map(countryCode)),
    usages_AT: clause.usages_AT ?? Infinity,
    usages_other: clause.usages_other ?? Infinity,
  };
}

/** The first key, in the order of a clause, in which `child` permits more than `parent`; `null` if there is none. */
export function widerMember(child: Measured, parent: Measured, names: ReverseNames): ClauseKey | null {
  return CLAUSE_KEYS.find((key) => !WITHIN[key](child, parent, names)) ?? null;
}

/** An empty set beside a filled one is no subset: without requested values, a blank scope is sent as all of them. */
function isSubset(child: ReadonlySet<string> | null, parent: ReadonlySet<string> | null): boolean {
  if (parent === null) return true;
  if (child === null || (child.size === 0 && parent.size > 0)) return false;
  return [...child].every((value) => parent.has(value));
}

function areCovered(child: readonly HostEntry[], parent: readonly HostEntry[], names: ReverseNames): boolean {
  return child.length > 0 && child.every((inner) => parent.some((outer) => coversHost(outer, inner, names)));
}

function bound(list: readonly string[] | undefined): ReadonlySet<string> | null {
  return list === undefined || list.length === 0 ? null : new Set(list);
}
