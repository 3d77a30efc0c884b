/** Our divergences in vectors-restrictions.json and vectors-time.json. */
import type { Clause } from "../../src/token/clause.ts";
import { parseHost } from "../../src/token/restriction/hosts.ts";
import { REFUSED } from "./run-suites.ts";
import type { Rule } from "./rule.ts";

interface Pair {
  readonly a: Clause;
  readonly b: Clause;
}

/** Q9: these are networks that hold every address of their family, not names. */
const anyAddress: Rule<Pair> = {
  id: "any-address",
  applies: ({ a, b }) => onlyHosts(a) && onlyHosts(b) && b.hosts?.length === 1 && ANY.has(b.hosts[0] ?? ""),
  answer: ({ a, b }) => a.hosts?.every((entry) => /^[\d.:a-f/]+$/.test(entry) && isV6(entry) === isV6(b.hosts?.[0])),
};

/** DESIGN §3.8: the name of an address may have other addresses, too. */
const nameUnderAddress: Rule<Pair> = {
  id: "host-name-under-address",
  applies: ({ a, b }) => hasNameUnderAddress(a, b),
  answer: () => false,
};

interface Tightening {
  readonly parent: readonly Clause[];
  readonly wanted: readonly Clause[];
}

/** The same, where it leaves nothing of what was wanted. */
const tightenedNameUnderAddress: Rule<Tightening> = {
  id: "host-name-under-address",
  applies: ({ parent, wanted }) =>
    parent.length > 0 && wanted.length > 0 && wanted.every((a) => parent.every((b) => hasNameUnderAddress(a, b))),
  answer: ({ parent }) => ({ result: parent, ok: false }),
};

/** A parent whose scope is blank admits no request that names scopes; nor does a child of it. */
const blankScope: Rule<Pair> = {
  id: "blank-scope",
  applies: ({ a, b }) => isBlank(b.scope) && !isBlank(a.scope),
  answer: () => false,
};

/** An unknown country is on no allow list, however it is written there. */
const unknownCountry: Rule<{ readonly country: string; readonly clause: Clause }> = {
  id: "geo-unknown",
  applies: ({ country, clause }) => ["-", "", "XX"].includes(country) && (clause.geoip_allow ?? []).includes(country),
  answer: () => false,
};

interface Sequence {
  readonly clauses: readonly Clause[];
  readonly operations: readonly ("AT" | "other")[];
}

/** Q4: `usages_other` counts without `usages_AT`; every use that is permitted is counted. */
const otherWithoutAt: Rule<Sequence> = {
  id: "other-usages",
  applies: ({ clauses: [clause, ...more] }) =>
    more.length === 0 && clause?.usages_other !== undefined && clause.usages_AT === undefined,
  answer: ({ clauses, operations }) => {
    const done = { AT: 0, other: 0 };
    const answers = operations.map((kind) => {
      if (kind === "other" && done.other >= (clauses[0]?.usages_other ?? 0)) return "denied";
      done[kind]++;
      return { usedClause: 0 };
    });
    const used = done.AT + done.other > 0;
    const counters = used ? { usages_AT_done: done.AT, usages_other_done: done.other } : {};
    return { operations: answers, introspect: [{ ...clauses[0], ...counters }] };
  },
};

/** Q61: we keep no counters under the name that `hosts` had before 0.6.1. */
const oldKeyName: Rule<{ readonly canonicalJson: string }> = {
  id: "old-counters",
  applies: ({ canonicalJson }) => canonicalJson.includes('"ip":'),
  answer: async ({ canonicalJson }) => {
    const key = canonicalJson.replace('"ip":', '"hosts":');
    const digest = await crypto.subtle.digest("SHA-512", new TextEncoder().encode(key));
    return { key, digest: btoa(String.fromCharCode(...new Uint8Array(digest))) };
  },
};

interface Clamp {
  readonly what: "scope" | "audience";
  readonly clauses: readonly Clause[];
  readonly granted: readonly string[];
}

/** Q24: a clause that loses its last scope is dropped; without a clause there is no token. */
const lostScope: Rule<Clamp> = {
  id: "lost-scopes",
  applies: (input) => input.what === "scope" && input.clauses.some((clause) => losesAll(clause, input.granted)),
  answer: ({ clauses, granted }) => {
    const left = clauses.filter((clause) => !losesAll(clause, granted));
    const cut = left.map((clause) =>
      clause.scope === undefined ? clause : { ...clause, scope: kept(clause.scope, granted).join(" ") },
    );
    return cut.length === 0 ? REFUSED : cut;
  },
};

/** Q25: the audiences of a clause stay as they were asked for. */
const keptAudience: Rule<Clamp> = {
  id: "audiences-kept",
  applies: ({ what }) => what === "audience",
  answer: ({ clauses }) => clauses,
};

/** QUIRK-58: beside a clause for any audience, none is named at login. */
const openAudience: Rule<{ readonly what: string; readonly clauses: readonly Clause[] }> = {
  id: "open-clauses",
  applies: ({ what, clauses }) =>
    what === "audience" &&
    clauses.some((clause) => !clause.audience?.length) &&
    clauses.some((c) => c.audience?.length),
  answer: () => [],
};

interface JsonText {
  readonly json: string;
}

/** A parsed JSON number does not show that it was written as `1.0` or `1e3`. */
const numberNotation: Rule<JsonText> = {
  id: "number-notation",
  applies: ({ json }) => numbersOf(json).some((text) => /[.eE]/.test(text) && Number.isInteger(Number(text))),
  answer: ({ json }) => JSON.parse(json) as unknown,
};

/** Q50: what JSON numbers do not carry exactly is clamped. */
const clamped: Rule<{ readonly json?: string; readonly input?: string }> = {
  id: "clamped-numbers",
  applies: ({ json, input }) => {
    const text = json ?? input ?? "";
    return /^-?\d+$/.test(text) && Math.abs(Number(text)) > Number.MAX_SAFE_INTEGER && fitsInt64(text);
  },
  answer: ({ json, input }) => Math.sign(Number(json ?? input)) * Number.MAX_SAFE_INTEGER,
};

/** Q7, Q49: negative limits and times are refused where a clause is parsed. */
const negative: Rule<JsonText> = refusedClause("negative-usages", (members) =>
  members.some(([key, value]) => /^(usages_\w+|nbf|exp)$/i.test(key) && String(value).startsWith("-")),
);

/** DESIGN §8: an unknown key would leave the token wider than it was meant. `include` is resolved before. */
const unknownKey: Rule<JsonText> = refusedClause("unknown-keys", (members) =>
  members.some(([key]) => !KNOWN.has(key.toLowerCase())),
);

/** DESIGN §8: the same key in other letter case, or under its old name. */
const sameKey: Rule<JsonText> = refusedClause("same-key", (members) => {
  const keys = members.map(([key]) => key.toLowerCase().replace(/^ip$/, "hosts"));
  return new Set(keys).size < keys.length;
});

/** Q13: `ip` is `hosts`. */
const oldName: Rule<JsonText> = {
  id: "legacy-ip",
  applies: ({ json }) => Object.keys(JSON.parse(json) ?? {}).join() === "ip",
  answer: ({ json }) => ({ hosts: (JSON.parse(json) as { ip: string[] }).ip }),
};

/** A list has at most 256 values. */
const longList: Rule<JsonText> = refusedClause("list-limits", (members) =>
  members.some(([, value]) => Array.isArray(value) && value.length > 256),
);

/** Per suite; the names of the suites are those of the files. */
export const restrictionRules = {
  isTighterThan: [anyAddress, nameUnderAddress, blankScope],
  tighten: [tightenedNameUnderAddress],
  clauseDigest: [oldKeyName],
  geo: [unknownCountry],
  usageSequence: [otherWithoutAt],
  providerClamp: [lostScope, keptAudience],
  union: [openAudience],
} as const;

export const timeRules = {
  timeString: [clamped],
  jsonValue: [numberNotation, clamped],
  clauseJson: [numberNotation, negative, unknownKey, sameKey, oldName, longList],
} as const;

const ANY = new Set(["0.0.0.0/0", "::/0"]);

const KNOWN = new Set(
  "nbf exp scope audience hosts ip geoip_allow geoip_disallow usages_at usages_other usages_at_done usages_other_done".split(
    " ",
  ),
);

function refusedClause(id: string, holds: (members: [string, unknown][]) => boolean): Rule<JsonText> {
  const membersOf = (json: string) => {
    const value: unknown = JSON.parse(json);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  };
  return { id, applies: ({ json }) => holds(membersOf(json)), answer: () => REFUSED };
}

function onlyHosts(clause: Clause): boolean {
  return Object.keys(clause).join() === "hosts";
}

/** Whether a name of the child can be covered by nothing in the parent but an address. */
function hasNameUnderAddress(child: Clause, parent: Clause): boolean {
  const outer = (parent.hosts ?? []).map(parseHost);
  if (!outer.some((entry) => entry.kind === "network")) return false;
  return (child.hosts ?? []).map(parseHost).some((inner) => {
    if (inner.kind !== "name") return false;
    return !outer.some(
      (entry) =>
        (entry.kind === "name" && entry.name === inner.name) ||
        (entry.kind === "wildcard" && inner.name.endsWith(entry.tail)),
    );
  });
}

function isV6(entry: string | undefined): boolean {
  return entry?.includes(":") ?? false;
}

function isBlank(scope: string | undefined): boolean {
  return scope !== undefined && scope !== "" && scope.trim() === "";
}

function kept(scope: string, granted: readonly string[]): readonly string[] {
  return scope.split(" ").filter((value) => granted.includes(value));
}

function losesAll(clause: Clause, granted: readonly string[]): boolean {
  return granted.length > 0 && clause.scope !== undefined && kept(clause.scope, granted).length === 0;
}

/** The numbers of a JSON text as they are written. */
function numbersOf(json: string): readonly string[] {
  return json.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").match(/-?\d[\d.eE+-]*/g) ?? [];
}

function fitsInt64(text: string): boolean {
  return BigInt.asIntN(64, BigInt(text)) === BigInt(text);
}
