/** Runs the suites of files like vectors-restrictions.json. */
import type { Clause } from "../../src/token/clause.ts";
import { addressText, parseAddress } from "../../src/token/restriction/address.ts";
import { authorizationAudiences, clampScopes, clauseScopes, fillRequest } from "../../src/token/restriction/fill.ts";
import type { ReverseNames } from "../../src/token/restriction/hosts.ts";
import { clauseKey } from "../../src/token/restriction/key.ts";
import { earliestNbf, latestExp, limitLifetime } from "../../src/token/restriction/lifetime.ts";
import { parseClause } from "../../src/token/restriction/parse.ts";
import { type ClauseUsage, type ClauseUse, selectClause } from "../../src/token/restriction/select.ts";
import { replaceThis } from "../../src/token/restriction/this.ts";
import { tighten } from "../../src/token/restriction/tighten.ts";
import { words } from "../../src/token/restriction/values.ts";
import { restrictionRules } from "./rules-restrictions.ts";
import { NOW, REFUSED, runSuites, type Suite, type VectorTest } from "./run-suites.ts";

type Ptr = Readonly<Record<string, readonly string[]>>;
type Clauses = readonly Clause[];

export function runRestrictions(file: unknown): VectorTest[] {
  return runSuites(file, SUITES);
}

const SUITES: Readonly<Record<string, Suite>> = {
  isTighterThan: {
    answer: ({ a, b, ptr }: { a: Clause; b: Clause; ptr?: Ptr }) => tighten([b], [a], namesOf(ptr)).dropped === null,
    rules: restrictionRules.isTighterThan,
  },
  tighten: {
    answer: ({ parent, wanted, ptr }: { parent: Clauses; wanted: Clauses; ptr?: Ptr }) => {
      if (wanted.some((clause) => !parseClause(clause, { now: NOW }).ok)) return { reject: "400 invalid_request" };
      const { clauses, dropped } = tighten(parent, wanted, namesOf(ptr));
      return { result: clauses, ok: dropped === null };
    },
    rules: restrictionRules.tighten,
  },
  latestExpiry: { answer: ({ clauses }: { clauses: Clauses }) => latestExp(clauses) },
  earliestNotBefore: { answer: ({ clauses }: { clauses: Clauses }) => earliestNbf(clauses) },
  timeWindow: { answer: ({ clause }: { clause: Clause }) => selectClause({ ...USE, clauses: [clause] }).fit },
  clauseDigest: {
    answer: async ({ clause }: { clause: Clause }) => {
      const key = clauseKey(clause);
      const digest = await crypto.subtle.digest("SHA-512", new TextEncoder().encode(key));
      return { key, digest: btoa(String.fromCharCode(...new Uint8Array(digest))) };
    },
    demanded: (vector) => ({ key: vector["canonicalJson"], digest: vector["expectedSha512Base64"] }),
    rules: restrictionRules.clauseDigest,
  },
  hostMatch: {
    answer: ({ clientIp, hosts, ptr }: { clientIp: string; hosts: readonly string[]; ptr: Ptr }) =>
      selectClause({ ...USE, clauses: [{ hosts }], address: clientIp, reverseNames: ptr[clientIp] ?? null }).fit,
  },
  geo: {
    answer: ({ country, clause }: { country: string; clause: Clause }) =>
      selectClause({ ...USE, clauses: [clause], country }).fit,
    rules: restrictionRules.geo,
  },
  maxLifetime: {
    answer: ({ clauses, maxLifetime }: { clauses: Clauses; maxLifetime: number }) => {
      const limited = limitLifetime(clauses, maxLifetime, NOW).clauses;
      return { clauses: limited, changed: limited.map(clauseKey).join() !== clauses.map(clauseKey).join() };
    },
  },
  accessTokenSelection: { answer: selectAndFill },
  usageSequence: {
    answer: count,
    demanded: (vector) => ({
      operations: vector["recommended"] ?? vector["expected"],
      introspect: vector["expectedIntrospect"],
    }),
    rules: restrictionRules.usageSequence,
  },
  providerClamp: {
    // Granted audiences are not looked at when a token is made (Q25).
    answer: ({ what, clauses, granted }: { what: string; clauses: Clauses; granted: readonly string[] }) =>
      clampScopes(clauses, what === "scope" ? granted : []) ?? REFUSED,
    rules: restrictionRules.providerClamp,
  },
  union: {
    answer: ({ what, clauses }: { what: string; clauses: Clauses }) =>
      what === "scope" ? clauseScopes(clauses, []) : authorizationAudiences(clauses),
    rules: restrictionRules.union,
  },
  thisPlaceholder: {
    answer: ({ clauses, clientIp }: { clauses: Clauses; clientIp: string }) => {
      const replaced = replaceThis(clauses, clientIp);
      return replaced.ok ? replaced.clauses : REFUSED;
    },
  },
};

const USE: Omit<ClauseUse, "clauses"> = {
  kind: "AT",
  now: NOW,
  address: null,
  country: null,
  reverseNames: null,
  usageOf: () => ({ AT: 0, other: 0 }),
  scopes: [],
  audiences: [],
};

interface Selecting {
  readonly clauses: Clauses;
  readonly requestScope: string;
  readonly requestAudience: string;
  readonly providerScopes: readonly string[];
  readonly clientIp: string;
  readonly country: string;
}

function selectAndFill({ clauses, clientIp, country, ...input }: Selecting) {
  const asked = { scopes: words(input.requestScope), audiences: words(input.requestAudience) };
  const selection = selectClause({ ...USE, clauses, address: clientIp, country, ...asked });
  if (selection.fit !== true) return { allowed: selection.fit };
  const { scopes, audiences } = fillRequest(selection.clause, asked, input.providerScopes);
  const parameters = { scopeParameter: scopes.join(" "), audienceParameter: audiences };
  return { allowed: true, usedClause: selection.index, ...parameters };
}

/** Uses a token as often as the case says, with counters as an object keeps them: by `clauseKey`. */
function count({ clauses, operations }: { clauses: Clauses; operations: readonly ("AT" | "other")[] }) {
  const counters = new Map<string, ClauseUsage>();
  const usageOf = (clause: Clause) => counters.get(clauseKey(clause)) ?? { AT: 0, other: 0 };
  const answers = operations.map((kind) => {
    const selection = selectClause({ ...USE, clauses, kind, usageOf });
    if (selection.fit !== true) return "denied";
    if (selection.clause) {
      const before = usageOf(selection.clause);
      counters.set(clauseKey(selection.clause), { ...before, [kind]: before[kind] + 1 });
    }
    return { usedClause: selection.index };
  });
  const introspect = clauses.map((clause) => {
    const done = counters.get(clauseKey(clause));
    return done ? { ...clause, usages_AT_done: done.AT, usages_other_done: done.other } : clause;
  });
  return { operations: answers, introspect };
}

function namesOf(ptr: Ptr = {}): ReverseNames {
  return new Map(Object.entries(ptr).map(([text, names]) => [addressText(parseAddress(text) ?? []), names]));
}
