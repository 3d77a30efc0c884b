/** The vector files of test/vectors, all of them and completely; and the rules by which we answer otherwise. */
import { describe, expect, it } from "vitest";
import { OPERATIONS } from "../../src/token/operations.ts";
import { ROWS } from "../vectors/run-capabilities.ts";
import { runFile, TOPICS } from "../vectors/run-file.ts";
import type { VectorTest } from "../vectors/run-suites.ts";

const FILES = import.meta.glob<object>("../vectors/*.json", { eager: true, import: "default" });

/** Cases of the files; for operations one per row of ours. */
const CASES = {
  "vectors-audience-enforced.json": 34,
  "vectors-capabilities.json": 98,
  "vectors-profiles.json": 151,
  "vectors-restrictions.json": 263,
  "vectors-rotation.json": 132,
  "vectors-time.json": 115,
  "vectors-util.json": 101,
};

const AUDIENCE = { use_rfc8707: true, request_parameter: "resource", space_separate_auds: false };

/** Inputs that the files lack and a rule decides; `expected` is the reference (semantics §1, §2). */
const OWN: Readonly<Record<string, object>> = {
  "audience-enforced": {
    refreshRequest: [
      { issuer: "https://accounts.google.com", audience: AUDIENCE, scopes: "a", audiences: [""], expectedForm: [] },
    ],
    authorizationRequest: [
      {
        name: "audience beside none",
        issuer: "https://op",
        providerScopes: ["openid"],
        clauses: [{ audience: ["x"] }, { scope: "a" }],
        audience: AUDIENCE,
        expected: { scope: "a offline_access openid", resource: ["x"] },
      },
      {
        name: "offline_access asked for at Google",
        issuer: "https://accounts.google.com/",
        providerScopes: ["openid", "offline_access"],
        clauses: [],
        audience: AUDIENCE,
        expected: { scope: "openid offline_access", access_type: "offline" },
      },
    ],
  },
  restrictions: {
    isTighterThan: [
      { name: "blank parent scope", a: { scope: "x" }, b: { scope: "  " }, expected: true },
      { name: "blank parent scope, open child", a: {}, b: { scope: " " }, expected: true },
      { name: "IPv6 under any IPv4", a: { hosts: ["2001:db8::1"] }, b: { hosts: ["0.0.0.0/0"] }, expected: false },
      { name: "name under any IPv4", a: { hosts: ["a.example"] }, b: { hosts: ["0.0.0.0/0"] }, expected: false },
      {
        name: "name under an address and a wildcard",
        a: { hosts: ["a.example"] },
        b: { hosts: ["10.0.0.1", "*.example"] },
        ptr: { "10.0.0.1": ["a.example."] },
        expected: true,
      },
      {
        name: "name beside its address, under the address",
        a: { hosts: ["10.0.0.1", "a.example"] },
        b: { hosts: ["10.0.0.1"] },
        ptr: { "10.0.0.1": ["a.example."] },
        expected: true,
      },
    ],
    tighten: [
      {
        name: "name under an address",
        parent: [{ hosts: ["10.0.0.1"], exp: 5 }],
        wanted: [{ hosts: ["a.example"], exp: 4 }],
        ptr: { "10.0.0.1": ["a.example."] },
        expected: { result: [{ hosts: ["a.example"], exp: 4 }], ok: true },
      },
    ],
    geo: [{ name: "unknown on an allow list", country: "-", clause: { geoip_allow: ["DE", "-"] }, expected: true }],
    union: [
      {
        name: "audience beside none",
        what: "audience",
        clauses: [{ audience: ["a"] }, { scope: "b" }],
        expected: ["a"],
      },
    ],
  },
  time: {
    timeString: [{ input: "9223372036854775807", expected: 9_223_372_036_854_776_000 }],
    jsonValue: [{ json: "-9007199254740993", expected: -9_007_199_254_740_992 }],
    clauseJson: [
      { json: '{"exp":-5}', expected: { exp: -5 } },
      { json: '{"exp":-5,"foo":1}', expected: { exp: -5 } },
      { json: '{"exp":1,"EXP":2}', expected: { exp: 2 } },
      { json: '{"hosts":["a"],"ip":["b"]}', expected: { hosts: ["a"] } },
      { json: JSON.stringify({ audience: Array.from({ length: 257 }, () => "a") }), expected: { audience: ["a"] } },
      { json: '{"usages_AT_done":1,"usages_other_done":2,"exp":7}', expected: { exp: 7 } },
    ],
  },
};

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** As `it` shows them. */
function declare(tests: readonly VectorTest[]): void {
  for (const { suite, name, rule, run } of tests) it(`${suite}: ${name}${rule === null ? "" : ` [${rule}]`}`, run);
}

describe.each(Object.entries(FILES))("%s", (path, file) => declare(runFile(nameOf(path), file)));
describe.each(Object.entries(OWN))("own inputs for %s", (topic, file) => declare(runFile(topic, file)));

describe("the vector files", () => {
  it("are all run, and completely", () => {
    const counts = Object.entries(FILES).map(([path, file]) => [nameOf(path), runFile(nameOf(path), file).length]);
    expect(Object.fromEntries(counts)).toEqual(CASES);
  });
  it.each(Object.entries(TOPICS))("%s: need every rule", (topic, { rules }) => {
    const file = Object.entries(FILES).find(([path]) => nameOf(path) === `vectors-${topic}.json`)?.[1];
    const tests = [...runFile(topic, file), ...runFile(topic, OWN[topic] ?? {})];
    const used = new Set(tests.flatMap(({ suite, rule }) => (rule ?? "").split(", ").map((id) => `${suite} ${id}`)));
    for (const [suite, list] of Object.entries(rules)) {
      for (const { id } of list) expect(used).toContain(`${suite} ${id}`);
    }
  });
});

describe("a runner", () => {
  it.each(Object.keys(TOPICS))("%s: fails for a suite that nothing runs", async (topic) => {
    for (const file of [{ toString: [] }, { unheardOf: [{ expected: 1 }] }, { union: { what: "scope" } }]) {
      const [first, ...others] = runFile(topic, file);
      expect(others).toEqual([]);
      await expect(first?.run()).rejects.toThrow("suite not run");
    }
  });
  it.each(Object.entries(FILES))("runs each suite of %s on its own", async (path, file) => {
    for (const [suite, cases] of Object.entries(file)) {
      for (const { name, run } of runFile(nameOf(path), { [suite]: cases })) {
        // Templates stand in suites of their own.
        if (!path.includes("profiles")) await expect(run(), `${suite}: ${name}`).resolves.toBeUndefined();
      }
    }
  });
  it("fails for a file of no topic, or no object", async () => {
    await expect(runFile("vectors-novelty.json", {})[0]?.run()).rejects.toThrow("file not run");
    for (const file of [null, [], 5]) await expect(runFile("util", file)[0]?.run()).rejects.toThrow("no object");
  });
  it("fails for a case that is none", async () => {
    for (const vector of [null, 5, [], { operation: "unheard of" }]) {
      const tests = runFile("capabilities", { operations: [vector], has: [vector] });
      expect(tests.map(({ suite }) => suite)).toEqual(["operations", "has"]);
      for (const { run } of tests) await expect(run()).rejects.toThrow();
    }
  });
  it("fails for a wrong or missing answer", async () => {
    const [wrong, missing] = runFile("restrictions", {
      latestExpiry: [{ clauses: [], expected: 1 }, { clauses: [] }],
    });
    await expect(wrong?.run()).rejects.toThrow("0 instead of 1");
    await expect(missing?.run()).rejects.toThrow("demands nothing");
  });
  it.each([
    [{ exp: 1 }, { exp: 1, nbf: 2 }],
    [{ exp: 1, nbf: 2 }, { nbf: 2 }],
    [{ audience: ["a", "b"] }, { audience: ["b", "a"] }],
    [{ audience: ["a"] }, { audience: { 0: "a" } }],
    [{}, { toString: 1 }],
  ])("tells %j from %j", async (clause, expected) => {
    const suite = { providerClamp: [{ what: "scope", clauses: [clause], granted: ["a"], expected: [expected] }] };
    await expect(runFile("restrictions", suite)[0]?.run()).rejects.toThrow("instead of");
  });
});

describe("OPERATIONS", () => {
  it("has a vector for every row but those that DESIGN §4 and §8 add, and tags, which the reference lacks", () => {
    const covered = new Set<string | null>(Object.values(ROWS).flat());
    const added = Object.keys(OPERATIONS).filter((name) => !covered.has(name) && !/^(tag|token_(un)?tag)/.test(name));
    expect(added).toEqual(["subtoken_preview", "notification_create_user_wide"]);
  });
});
