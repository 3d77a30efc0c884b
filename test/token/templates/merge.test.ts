import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { distinct, mergeObjects } from "../../../src/token/templates/merge.ts";
import { resolveProfile } from "../../../src/token/templates/profile.ts";
import { resolveRestrictions } from "../../../src/token/templates/resolve.ts";
import { lookupIn } from "../../../src/token/templates/template.ts";
import { Walk } from "../../../src/token/templates/walk.ts";

const FIXED = { seed: 20_261_121, numRuns: 300 };

const scalar = fc.oneof(fc.constantFrom("", "a", "b"), fc.nat(3), fc.boolean());
const list = fc.array(scalar, { maxLength: 4 });
/** Objects meet objects only, so that nothing is refused. */
const flat = fc.record({ scope: scalar, hosts: list, exp: scalar, x: list }, { requiredKeys: [] });
const nested = fc.record({ scope: scalar, hosts: list, rotation: flat }, { requiredKeys: [] });

const clause = fc.record({ scope: fc.constantFrom("a", "b", "c"), usages_AT: fc.nat(3) }, { requiredKeys: ["scope"] });
const clauses = fc.array(clause, { maxLength: 4 });

describe("merging is Q15 and QUIRK-62 exactly", () => {
  it("key by key: the first text wins, lists grow, objects merge", () => {
    fc.assert(
      fc.property(nested, nested, (base, included) => {
        const walk = new Walk(lookupIn([]));
        const merged = mergeObjects(walk, base, included);
        expect(walk.resolution(null)).toEqual({ ok: true, value: null });
        expect(Object.keys(merged).toSorted()).toEqual(Object.keys({ ...base, ...included }).toSorted());
        for (const [key, value] of Object.entries(merged)) expect(value).toEqual(expected(key, base, included));
      }),
      FIXED,
    );
  });

  function expected(key: string, base: object, included: object): unknown {
    const own = (base as Record<string, unknown>)[key];
    const other = (included as Record<string, unknown>)[key];
    if (own === undefined) return other;
    if (other === undefined) return own;
    if (Array.isArray(own)) return [...new Set([...own, ...(Array.isArray(other) ? other : [other])])];
    if (typeof own !== "object") return own;
    const keys = Object.keys({ ...own, ...(other as object) });
    return Object.fromEntries(keys.map((inner) => [inner, expected(inner, own as object, other as object)]));
  }

  it("own clauses, then those of the profile, each once: alternatives, so it widens", () => {
    fc.assert(
      fc.property(clauses, clauses, (own, other) => {
        const payload = { restrictions: other };
        const lookup = lookupIn([{ kind: "profiles", group: "_", name: "p", payload }]);
        const resolution = resolveProfile({ include: "p", restrictions: own }, lookup);
        expect(resolution).toEqual({ ok: true, value: { restrictions: distinct([...own, ...other]) } });
      }),
      FIXED,
    );
  });

  it("a clause that includes a list stays, and the list's clauses stand beside it", () => {
    fc.assert(
      fc.property(clause, clauses, (own, payload) => {
        const lookup = lookupIn([{ kind: "restrictions", group: "_", name: "t", payload }]);
        const resolution = resolveRestrictions([{ ...own, include: "t" }], lookup);
        expect(resolution).toEqual({ ok: true, value: distinct([own, ...distinct(payload)]) });
      }),
      FIXED,
    );
  });

  it("a clause without a list is itself again", () => {
    fc.assert(
      fc.property(clauses, (own) => {
        expect(resolveRestrictions(own, lookupIn([]))).toEqual({ ok: true, value: distinct(own) });
      }),
      FIXED,
    );
  });
});

describe("distinct", () => {
  it("tells values of different types apart", () => {
    expect(distinct(["1", 1, true, "true", null, "null", 1])).toEqual(["1", 1, true, "true", null, "null"]);
  });
});
