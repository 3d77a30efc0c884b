import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CAPABILITIES, covers, firstUnknownCapability, holds, LOGIN_DEFAULT } from "../../src/token/capability.ts";
import { tightenCapabilities } from "../../src/token/capability.ts";
import { rootCapabilities, subtokenCapabilities } from "../../src/token/granted-capabilities.ts";
import type { GrantedCapabilities } from "../../src/token/granted-capabilities.ts";

const FIXED = { seed: 20_261_121, numRuns: 400 };

const capability = fc.oneof(
  fc.constantFrom<string>(...CAPABILITIES.map(({ name }) => name)),
  fc
    .tuple(
      fc.constantFrom("", "read@"),
      fc.array(fc.constantFrom("a", "b", "AT", "settings", ""), { minLength: 1, maxLength: 3 }),
    )
    .map(([read, path]) => read + path.join(":")),
);
const some = fc.array(capability, { minLength: 1, maxLength: 5 });
const request = fc.record(
  {
    capabilities: fc.array(capability, { maxLength: 4 }),
    subtoken_capabilities: fc.array(capability, { maxLength: 4 }),
  },
  { requiredKeys: [] },
);

function boundOf(token: GrantedCapabilities): readonly string[] {
  return token.subtoken_capabilities ?? token.capabilities;
}

describe("coverage", () => {
  it("is reflexive and transitive", () => {
    fc.assert(
      fc.property(capability, capability, capability, (a, b, c) => {
        expect(covers(a, a)).toBe(true);
        if (covers(a, b) && covers(b, c)) expect(covers(a, c)).toBe(true);
      }),
      FIXED,
    );
  });
  it("never lets reading include writing", () => {
    fc.assert(
      fc.property(capability, capability, (held, wanted) => {
        if (held.startsWith("read@") && covers(held, wanted)) expect(wanted).toMatch(/^read@/);
      }),
      FIXED,
    );
  });
});

describe("tightening", () => {
  it("keeps what is held, in order, and nothing else", () => {
    fc.assert(
      fc.property(some, some, (bound, wanted) => {
        const kept = tightenCapabilities(bound, wanted);
        expect(kept).toEqual(wanted.filter((name) => kept.includes(name)));
        expect(kept.every((name) => holds(bound, name))).toBe(true);
        expect(tightenCapabilities(bound, bound)).toEqual(bound);
        expect(tightenCapabilities(bound, kept)).toEqual(kept);
      }),
      FIXED,
    );
  });
  it("never widens along a chain of subtokens", () => {
    fc.assert(
      fc.property(some, request, fc.array(request, { maxLength: 4 }), (fallback, first, requests) => {
        let token = rootCapabilities(first, fallback);
        for (const requested of requests) {
          const child = subtokenCapabilities(token, requested);
          if (child === null) break;
          expect(child.capabilities.length).toBeGreaterThan(0);
          for (const name of [...child.capabilities, ...boundOf(child)]) expect(holds(boundOf(token), name)).toBe(true);
          token = child;
        }
      }),
      FIXED,
    );
  });
});

describe("subtoken_capabilities (DESIGN §8)", () => {
  const parent = {
    capabilities: ["AT", "create_mytoken"],
    subtoken_capabilities: ["AT", "tokeninfo", "create_mytoken"],
  };

  it("may name more than the token itself may do", () => {
    const requested = { capabilities: ["create_mytoken"], subtoken_capabilities: ["AT"] };
    expect(rootCapabilities(requested, LOGIN_DEFAULT)).toEqual(requested);
    expect(subtokenCapabilities(requested, { capabilities: ["AT"] })).toEqual({ capabilities: ["AT"] });
  });
  it("is dropped without create_mytoken", () => {
    const requested = { subtoken_capabilities: ["AT", "settings"] };
    expect(rootCapabilities(requested, LOGIN_DEFAULT)).toEqual({ capabilities: LOGIN_DEFAULT });
    expect(subtokenCapabilities(parent, { capabilities: ["AT"], subtoken_capabilities: ["settings"] })).toEqual({
      capabilities: ["AT"],
    });
  });
  it("bounds a subtoken and its own subtokens in place of the capabilities", () => {
    expect(
      subtokenCapabilities(parent, {
        capabilities: ["settings", "tokeninfo:history", "create_mytoken"],
        subtoken_capabilities: ["manage_mytokens", "tokeninfo"],
      }),
    ).toEqual({ capabilities: ["tokeninfo:history", "create_mytoken"], subtoken_capabilities: ["tokeninfo"] });
  });
  it("is there only where it was asked for", () => {
    expect(subtokenCapabilities(parent, {})).toEqual({ capabilities: ["AT", "create_mytoken"] });
    expect(rootCapabilities({ capabilities: [], subtoken_capabilities: [] }, ["AT"])).toEqual({ capabilities: ["AT"] });
  });
  it("gives what it covers of the parent's capabilities if nothing is requested", () => {
    const narrow = {
      capabilities: ["AT", "settings", "create_mytoken"],
      subtoken_capabilities: ["AT", "settings:email"],
    };
    expect(subtokenCapabilities(narrow, {})).toEqual({ capabilities: ["AT"] });
  });
  it("refuses if nothing is left of the capabilities or of the bound", () => {
    const foreign = { capabilities: ["create_mytoken"], subtoken_capabilities: ["AT"] };
    expect(subtokenCapabilities(foreign, {})).toBeNull();
    expect(subtokenCapabilities(foreign, { capabilities: ["settings"] })).toBeNull();
    const requested = { capabilities: ["create_mytoken"], subtoken_capabilities: ["settings"] };
    expect(subtokenCapabilities(parent, requested)).toBeNull();
  });
});

describe("the known list", () => {
  it("names each capability once, with a description", () => {
    expect(new Set(CAPABILITIES.map(({ name }) => name)).size).toBe(CAPABILITIES.length);
    for (const { description } of CAPABILITIES) expect(description).toMatch(/^[A-Z].*\.$/);
  });
  it("finds the first unknown name", () => {
    expect(firstUnknownCapability(["AT", "list_mytokens", "foo"])).toBe("list_mytokens");
    expect(firstUnknownCapability(["AT", "tokeninfo:xyz"])).toBeUndefined();
    expect(firstUnknownCapability(["constructor"])).toBe("constructor");
  });
});
