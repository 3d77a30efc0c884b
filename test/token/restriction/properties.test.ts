/** What must hold for all clauses: tightening never widens (DESIGN §3.8), and equal content has one key. */
import * as fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { CLAUSE_KEYS, type Clause, type ClauseKey } from "../../../src/token/clause.ts";
import { parseAddress } from "../../../src/token/restriction/address.ts";
import { matchesHosts } from "../../../src/token/restriction/hosts.ts";
import { clauseKey } from "../../../src/token/restriction/key.ts";
import { limitLifetime } from "../../../src/token/restriction/lifetime.ts";
import { parseClause } from "../../../src/token/restriction/parse.ts";
import { type ClauseUse, selectClause } from "../../../src/token/restriction/select.ts";
import { tighten } from "../../../src/token/restriction/tighten.ts";

// Many runs each, on machines that may be busy.
vi.setConfig({ testTimeout: 30_000 });

/** The forward-confirmed names of each address. */
type World = ReadonlyMap<string, readonly string[]>;

/** A name may have several addresses, an address several names. */
const WORLD: World = new Map([
  ["10.0.0.1", ["one.example.", "uno.example.org."]],
  ["10.0.0.2", ["two.example.", "one.example."]],
  ["2001:db8::1", ["six.sub.example.", "uno.example.org."]],
  ["192.0.2.1", ["one.example.", "six.sub.example."]],
]);
const NO_NAMES = new Map<string, readonly string[]>();
const ADDRESSES = ["10.0.0.1", "10.0.0.2", "10.0.1.1", "2001:db8::1", "::ffff:10.0.0.1", "192.0.2.1"];
const NETWORKS =
  "10.0.0.1 10.0.0.1/32 10.0.0.1/24 ::ffff:10.0.0.2 10.0.0.0/24 10.0.0.0/23 0.0.0.0/0 ::/0 2001:DB8::1 2001:db8::/32";
const NAMES =
  "one.example ONE.example. uno.example.org two.example *.example *example *.sub.example * 10.0.0.1:80 fe80::1%eth0";
const HOSTS = ["", ...NETWORKS.split(" "), ...NAMES.split(" ")];
const COUNTRIES = ["DE", "de", "US", "FR", "XX", "-", "T1"];

function some<Value>(values: readonly Value[], most = 3): fc.Arbitrary<Value[]> {
  return fc.uniqueArray(fc.constantFrom(...values), { maxLength: most });
}

const MEMBERS = {
  nbf: fc.nat(6),
  exp: fc.nat(6),
  scope: fc.oneof({ weight: 8, arbitrary: some(["a", "b", "c"]).map((s) => s.join(" ")) }, fc.constant("  ")),
  audience: some(["x", "y", "z"]),
  hosts: some(HOSTS),
  geoip_allow: some(COUNTRIES),
  geoip_disallow: some(COUNTRIES, 2),
  usages_AT: fc.nat(4),
  usages_other: fc.nat(4),
} satisfies Record<ClauseKey, fc.Arbitrary<unknown>>;

/** Few members each: a use rarely fits a clause that says much. */
const clauses: fc.Arbitrary<Clause> = fc
  .tuple(fc.record(MEMBERS), fc.subarray([...CLAUSE_KEYS], { maxLength: 4 }))
  .map(([full, keys]) => Object.fromEntries(keys.map((key) => [key, full[key]])));
const lists = fc.array(clauses, { maxLength: 3 });

/** Lists that have much in common: the second is made of clauses of the first, some members changed. */
const related: fc.Arbitrary<[Clause[], Clause[]]> = fc
  .tuple(fc.array(clauses, { minLength: 1, maxLength: 3 }), fc.array(fc.tuple(fc.nat(2), narrowed()), { maxLength: 4 }))
  .map(([parent, changes]) => [
    parent,
    changes.map(([index, change]) => ({ ...parent[index % parent.length], ...change })),
  ]);

function narrowed(): fc.Arbitrary<Clause> {
  return fc.oneof(
    fc.constant({}),
    ...Object.entries(MEMBERS).map(([key, value]) => fc.record({ [key]: value as fc.Arbitrary<unknown> })),
  );
}

const worlds: fc.Arbitrary<World> = fc.oneof(
  fc.constant(WORLD),
  fc
    .tuple(...[...WORLD.keys()].map(() => some([...new Set([...WORLD.values()].flat())])))
    .map((names) => new Map([...WORLD.keys()].map((address, index) => [address, names[index] ?? []]))),
);

/** A use, as far as the world it happens in does not matter. */
type Use = Omit<ClauseUse, "clauses">;

const uses: fc.Arbitrary<Use> = fc
  .record({
    kind: fc.constantFrom("AT" as const, "other" as const),
    now: fc.nat(7),
    address: fc.constantFrom(null, ...ADDRESSES),
    country: fc.constantFrom(null, ...COUNTRIES),
    used: fc.nat(3),
    scopes: some(["a", "b", "c"], 2),
    audiences: some(["x", "y"], 2),
  })
  .map(({ used, ...use }) => ({
    ...use,
    reverseNames: namesIn(WORLD, use.address),
    usageOf: () => ({ AT: used, other: used }),
  }));

function namesIn(world: World, address: string | null): readonly string[] {
  return world.get(address?.replace("::ffff:", "") ?? "") ?? [];
}

function fits(list: readonly Clause[], use: Use): boolean {
  return selectClause({ ...use, clauses: list }).fit === true;
}

/** From a fixed seed. Each test counts how often its premise held, so that none holds for nothing. */
function holds(property: fc.IRawProperty<unknown>, seed: number, numRuns: number): void {
  fc.assert(property as fc.IProperty<unknown>, { seed, numRuns });
}

describe("tightening", () => {
  it("never permits a use that the parent does not", () => {
    let [kept, used] = [0, 0];
    const pairs = fc.oneof(related, fc.tuple(lists, lists));
    holds(
      fc.property(pairs, uses, ([parent, wanted], use) => {
        const { clauses: child } = tighten(parent, wanted, WORLD);
        if (child === parent || !fits(child, use)) return true;
        kept++;
        if (parent.length > 0) used++;
        return fits(parent, use);
      }),
      1,
      30_000,
    );
    expect(kept).toBeGreaterThan(10_000);
    expect(used).toBeGreaterThan(8000);
  });
  it("never lets a child come from where its parent may not, whoever has which names", () => {
    let [byAddress, byName] = [0, 0];
    const hosts = fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 3 });
    const addresses = fc.constantFrom(...ADDRESSES);
    holds(
      fc.property(hosts, hosts, worlds, addresses, (parent, wanted, world, address) => {
        const inWorld = (list: readonly string[]) => matchesHosts(list, parseAddress(address), namesIn(world, address));
        if (tighten([{ hosts: parent }], [{ hosts: wanted }], world).dropped !== null || !inWorld(wanted)) return true;
        if (matchesHosts(wanted, parseAddress(address), null)) byAddress++;
        else byName++;
        return inWorld(parent);
      }),
      9,
      10_000,
    );
    expect(byAddress).toBeGreaterThan(300);
    expect(byName).toBeGreaterThan(300);
  });
  it("hands out no more uses than one clause of the parent has", () => {
    let kept = 0;
    holds(
      fc.property(clauses, fc.array(narrowed(), { maxLength: 4 }), (parent, changes) => {
        const wanted = changes.map((change) => ({ ...parent, ...change }));
        const { clauses: child } = tighten([parent], wanted, WORLD);
        for (const key of ["usages_AT", "usages_other"] as const) {
          if (parent[key] === undefined || child[0] === parent) continue;
          kept++;
          if (child.reduce((sum, clause) => sum + (clause[key] ?? Infinity), 0) > parent[key]) return false;
        }
        return true;
      }),
      2,
      3000,
    );
    expect(kept).toBeGreaterThan(500);
  });
  it("is reflexive", () => {
    holds(
      fc.property(clauses, (clause) => tighten([clause], [clause], NO_NAMES).dropped === null),
      3,
      3000,
    );
  });
  it("is transitive", () => {
    let chains = 0;
    const three = fc.tuple(clauses, narrowed(), narrowed()).map(([top, first, second]): [Clause, Clause, Clause] => {
      const middle = { ...top, ...first };
      return [top, middle, { ...middle, ...second }];
    });
    const covers = (outer: Clause, inner: Clause) => tighten([outer], [inner], NO_NAMES).dropped === null;
    holds(
      fc.property(fc.oneof(three, fc.tuple(clauses, clauses, clauses)), ([top, middle, bottom]) => {
        if (!covers(top, middle) || !covers(middle, bottom)) return true;
        if (clauseKey(top) !== clauseKey(bottom)) chains++;
        return covers(top, bottom);
      }),
      4,
      20_000,
    );
    expect(chains).toBeGreaterThan(1000);
  });
  it("and a maximum lifetime only narrows", () => {
    let kept = 0;
    holds(
      fc.property(lists, fc.nat(6), uses, (list, maximum, use) => {
        if (!fits(limitLifetime(list, maximum, 1).clauses, use)) return true;
        kept++;
        return fits(list, use);
      }),
      5,
      5000,
    );
    expect(kept).toBeGreaterThan(500);
  });
});

describe("parsing", () => {
  const VALUES = [null, 0, 5, -1, 0.5, "", "a", "+1d", "x y", true, {}, [], ["a"], [1], "2030-01-01 00:00"];
  const KEYS = [
    ...CLAUSE_KEYS,
    "ip",
    "EXP",
    "Scope",
    "USAGES_at",
    "Hosts",
    "ips",
    "include",
    "usages_AT_done",
    "__proto__",
  ];
  const SAYS_NOTHING = new Set(["null", "[]"]);
  const rules = { now: 1_800_000_000, switchedOff: new Set<ClauseKey>(["geoip_allow", "usages_other"]) };

  it("loses nothing that is set: it keeps it or refuses the clause", () => {
    let [accepted, refused] = [0, 0];
    const inputs = fc.uniqueArray(fc.tuple(fc.constantFrom(...KEYS), fc.constantFrom(...VALUES)), {
      maxLength: 4,
      selector: ([key]) => key,
    });
    holds(
      fc.property(inputs, (entries) => {
        const parsed = parseClause(Object.fromEntries(entries), rules);
        if (!parsed.ok) return ++refused > 0;
        accepted++;
        return entries.every(([key, value]) => {
          const known = CLAUSE_KEYS.find((name) => name.toLowerCase() === key.toLowerCase().replace(/^ip$/, "hosts"));
          if (known === undefined) return key === "usages_AT_done";
          const unbound = SAYS_NOTHING.has(JSON.stringify(value)) || (!known.startsWith("usages") && !value);
          return unbound || (parsed.clause[known] !== undefined && !rules.switchedOff.has(known));
        });
      }),
      6,
      20_000,
    );
    expect(accepted).toBeGreaterThan(1000);
    expect(refused).toBeGreaterThan(1000);
  });
});

describe("the key of a clause", () => {
  it("is the same for the same content in any order, and reads back as the clause", () => {
    holds(
      fc.property(clauses, fc.infiniteStream(fc.nat()), (clause, dice) => {
        const shuffled = Object.entries(clause)
          .map((entry) => [Number(dice.next().value), entry] as const)
          .toSorted(([a], [b]) => a - b)
          .map(([, entry]) => entry);
        const key = clauseKey(clause);
        const parsed = parseClause(JSON.parse(key), { now: 1 });
        return clauseKey(Object.fromEntries(shuffled)) === key && parsed.ok && clauseKey(parsed.clause) === key;
      }),
      7,
      3000,
    );
  });
  it("differs where the meaning does", () => {
    let differing = 0;
    holds(
      fc.property(fc.oneof(related, fc.tuple(lists, lists)), uses, ([[a = {}], [b = {}]], use) => {
        if (fits([a], use) === fits([b], use)) return true;
        differing++;
        return clauseKey(a) !== clauseKey(b);
      }),
      8,
      5000,
    );
    expect(differing).toBeGreaterThan(200);
  });
  it("is free of characters that a script or a line could end with", () => {
    expect(clauseKey({ scope: '<&>\u2028\u2029"' })).toBe(String.raw`{"scope":"\u003c\u0026\u003e\u2028\u2029\""}`);
  });
});
