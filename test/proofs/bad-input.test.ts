/** Bad input of issue 4, over HTTP at each of the places where it can come in: what the verdicts say happens to it. */
import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type Answer, type From, post, send, start } from "../fixtures/client.ts";
import { fakeIssuer } from "../fixtures/fake-control.ts";
import { exchangeOf, newToken, type TestToken, usesOf } from "../fixtures/tokens.ts";
import { later } from "../storage/inside.ts";
import { askSubtoken, claimsOf, parentToken, RESTRICTED, subtokenOf } from "./family.ts";

let callers = 0;

/** An address that has not started a login yet: strangers are limited. */
function stranger(): From {
  callers += 1;
  return { address: `2001:db8:bad:${callers.toString(16)}::1` };
}

/** Asks for the start of a login. */
function askLogin(request: object): Promise<Answer> {
  const body = { grant_type: "oidc_flow", oidc_issuer: fakeIssuer("plain"), client_type: "native", ...request };
  return post("/api/v0/token/my", body, stranger());
}

/** Approves a login with something else than was asked for. */
async function askApproval(approval: object): Promise<Answer> {
  const from = stranger();
  const { consentPath } = await start({ from });
  return post(consentPath, { oidc_issuer: fakeIssuer("plain"), capabilities: ["AT"], ...approval }, from);
}

/** The page that a person sees who is asked for these restrictions. */
async function consentPageFor(restrictions: object): Promise<string> {
  const from = stranger();
  const { consentPath } = await start({ request: { restrictions }, from });
  return (await send(consentPath, { headers: { Accept: "text/html" } }, from)).text();
}

let parent: TestToken;

beforeAll(async () => {
  parent = await parentToken("plain");
});

afterEach(() => {
  vi.useRealTimers();
});

/** That a request is refused as malformed, with a text that names what is at fault. */
function expectBadRequest(answer: Answer, named: string): void {
  expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request" } });
  expect(String(answer.body["error_description"])).toContain(named);
}

describe("restrictions that are refused wherever they come in", () => {
  const distinct = Array.from({ length: 2000 }, (_, index) => ({ scope: `s${index}` }));

  it.each<[string, unknown, string]>([
    ["negative usages_AT (Q7)", [{ usages_AT: -1 }], "usages_AT"],
    ["negative usages_other (Q7)", [{ usages_other: -5 }], "usages_other"],
    ["half a use", [{ usages_AT: 1.5 }], "usages_AT"],
    ["uses as a text", [{ usages_AT: "5" }], "usages_AT"],
    ["uses that are true", [{ usages_other: true }], "usages_other"],
    ["a negative exp (Q49)", [{ exp: -1 }], "exp"],
    ["a negative nbf (Q49)", [{ nbf: -3600 }], "nbf"],
    ["a fraction of a second", [{ exp: 4_000_000_000.5 }], "exp"],
    ["a time that is none", [{ exp: "tomorrow" }], "exp"],
    ["a list of scopes", [{ scope: ["a", "b"] }], "scope"],
    ["a number for scope", [{ scope: 5 }], "scope"],
    ["an object for scope", [{ scope: { toString: "a" } }], "scope"],
    ["a text for audience", [{ audience: "https://a.example" }], "audience"],
    ["a text for hosts", [{ hosts: "this" }], "hosts"],
    ["a number in hosts", [{ hosts: [1] }], "hosts"],
    ["a list in a list of countries", [{ geoip_allow: [["DE"]] }], "geoip_allow"],
    ["too many values in a list", [{ geoip_allow: Array.from({ length: 300 }, () => "DE") }], "geoip_allow"],
    ["an unknown key: it would leave the token unrestricted", [{ ips: ["192.0.2.1"] }], "ips"],
    ["a misspelt key beside good ones", [{ scope: "a", host: ["192.0.2.1"] }], "host"],
    ["a key called constructor", [{ constructor: 1 }], "constructor"],
    ["a key called __proto__", JSON.parse('[{"__proto__": {"scope": "a"}}]'), "__proto__"],
    ["the same key twice in other letters", [{ usages_AT: 5, USAGES_at: 500 }], "usages_AT"],
    ["hosts under both of its names", [{ hosts: ["192.0.2.1"], ip: ["192.0.2.2"] }], "ip"],
    ["a bad clause after good ones", [{ scope: "a" }, { scope: "b" }, { usages_AT: -1 }], "clause 2"],
    ["thousands of clauses", distinct, "clauses"],
    ["101 clauses", distinct.slice(0, 101), "clauses"],
  ])("%s: 400 naming it, at login, consent and subtoken, and nothing is made", async (_name, restrictions, named) => {
    const before = (await listDurableObjectIds(env.MYTOKEN)).length;
    expectBadRequest(await askLogin({ restrictions }), named);
    expectBadRequest(await askSubtoken(parent, { restrictions }), named);
    expectBadRequest(await askSubtoken(parent, { restrictions, error_on_restrictions: true }), named);
    expectBadRequest(await askApproval({ restrictions }), named);
    expect(await listDurableObjectIds(env.MYTOKEN)).toHaveLength(before);
  });

  it("100 clauses are accepted, and each counts", async () => {
    const token = await subtokenOf(parent, { restrictions: distinct.slice(0, 100) });
    expect(claimsOf(token).restrictions).toHaveLength(100);
    expect(await exchangeOf(token, { scope: "openid" })).toMatchObject(RESTRICTED);
  });

  it("nesting beyond every limit is refused before any walker sees it", async () => {
    let nested: unknown = { scope: "a" };
    for (let depth = 0; depth < 40; depth++) nested = [nested];
    expectBadRequest(await askLogin({ restrictions: nested }), "nested");
    expectBadRequest(await askSubtoken(parent, { restrictions: nested }), "nested");
  });

  it("a body of more than 64 KiB is 413", async () => {
    const restrictions = [{ scope: "a".repeat(70_000) }];
    expect(await askLogin({ restrictions })).toMatchObject({ status: 413, body: { error: "invalid_request" } });
  });
});

describe("restrictions that are accepted and never met", () => {
  it("nbf after exp: a warning on the consent page, and the token is usable at no time", async () => {
    const restrictions = [{ nbf: "+2h", exp: "+1h" }];
    const page = await consentPageFor(restrictions);
    expect(page).toContain("Warning: this can never be used, it starts after it ends.");

    const token = await newToken("plain", { restrictions });
    for (const seconds of [0, 1800, 3600, 3600, 3600]) {
      later(seconds);
      const { status } = await exchangeOf(token);
      expect([401, 403]).toContain(status);
    }
  });

  it("beside a good clause it does no harm, and is still warned of", async () => {
    const restrictions = [{ nbf: "+2h", exp: "+1h" }, { scope: "storage.read" }];
    const page = await consentPageFor(restrictions);
    expect(page).toContain("Warning: this can never be used");
    const token = await newToken("plain", { restrictions });
    expect((await exchangeOf(token, { scope: "storage.read" })).status).toBe(200);
    expect(await exchangeOf(token, { scope: "storage.write" })).toMatchObject(RESTRICTED);
  });

  it("a good clause gets no warning", async () => {
    const page = await consentPageFor([{ nbf: "+1h", exp: "+2h" }]);
    expect(page).not.toContain("Warning: this can never be used");
  });

  it.each([
    ["a network of 99 bits", ["192.0.2.0/99"]],
    ["an address of 300", ["300.1.2.3"]],
    ["leading zeros", ["192.000.002.001"]],
    ["a port", ["192.0.2.1:443"]],
    ["a zone", ["fe80::1%eth0"]],
    ["half a network", ["192.0.2.0/"]],
    ["a range", ["192.0.2.1-192.0.2.9"]],
    ["no text at all", [""]],
    ["a wildcard in the middle", ["192.0.*.1"]],
  ])("CIDR nonsense names no host and admits nobody: %s", async (_name, hosts) => {
    const token = await subtokenOf(parent, { restrictions: [{ hosts, usages_AT: 9 }] });
    expect(claimsOf(token).restrictions).toEqual([{ hosts, usages_AT: 9 }]);
    for (const address of ["192.0.2.1", "fe80::1"]) {
      expect(await exchangeOf({ ...token, from: { address } })).toMatchObject(RESTRICTED);
    }
    expect(await usesOf(token)).toBe(0);
  });

  it.each([["Narnia"], ["D"], ["DEU"], ["-"], ["XX"], [""]])(
    "an unknown country admits nobody: %j",
    async (country) => {
      const token = await subtokenOf(parent, { restrictions: [{ geoip_allow: [country] }] });
      for (const from of ["DE", "XX", "D"]) {
        expect(await exchangeOf({ ...token, from: { ...token.from, country: from } })).toMatchObject(RESTRICTED);
      }
    },
  );
});

describe("restrictions that say nothing", () => {
  it.each<[string, unknown]>([
    ["null", null],
    ["the empty text", ""],
    ["the empty list", []],
    ["a list of nothing", [null, {}, { exp: 0 }, { scope: null }]],
  ])("%s: an unrestricted token", async (_name, restrictions) => {
    expect(claimsOf(await subtokenOf(parent, { restrictions }))).not.toHaveProperty("restrictions");
  });
});

describe("templates", () => {
  /** Puts templates into the directory as a careless operator might: past the checks of the profile endpoints. */
  async function provide(kind: string, payloads: Readonly<Record<string, unknown>>): Promise<void> {
    const insert = env.DIRECTORY.prepare(
      "INSERT INTO templates (id, kind, grp, name, payload) VALUES (?, ?, '_', ?, ?)",
    );
    for (const [name, payload] of Object.entries(payloads)) {
      await insert.bind(crypto.randomUUID(), kind, name, JSON.stringify(payload)).run();
    }
  }

  it.each<[string, string, Record<string, unknown>, Record<string, unknown>]>([
    [
      "restrictions",
      "restrictions",
      { r1: { include: "r2" }, r2: { include: "r1", scope: "x" } },
      { restrictions: "r1" },
    ],
    [
      "restrictions that include themselves",
      "restrictions",
      { r3: { include: ["r3"] } },
      { restrictions: [{ include: "r3" }] },
    ],
    ["capabilities", "capabilities", { a: ["@b"], b: ["AT", "@a"] }, { capabilities: ["@a"] }],
    ["rotation", "rotation", { a: { include: "b" }, b: { include: "a" } }, { rotation: "a" }],
    ["profiles", "profiles", { a: { include: "b" }, b: { include: "a" } }, { include: "a" }],
  ])("that include each other are 400: %s (Q16)", async (_name, kind, payloads, request) => {
    await provide(kind, payloads);
    expectBadRequest(await askLogin(request), "includes itself");
    expectBadRequest(await askSubtoken(parent, request), "includes itself");
  });

  it("that are nested too deeply, or branch too widely, are 400", async () => {
    const chain = Object.fromEntries(
      Array.from({ length: 50 }, (_, index) => [`c${index}`, { include: `c${index + 1}` }]),
    );
    await provide("restrictions", { ...chain, c50: { scope: "a" } });
    expectBadRequest(await askLogin({ restrictions: "c0" }), "nested too deeply");
    const doubling = Object.fromEntries(
      Array.from({ length: 25 }, (_, index) => [`d${index}`, { include: [`d${index + 1}`, `d${index + 1}`] }]),
    );
    await provide("restrictions", { ...doubling, d25: { scope: "a" } });
    expectBadRequest(await askSubtoken(parent, { restrictions: "d0" }), "too many includes");
  });

  it.each(["constructor", "__proto__", "toString", "hasOwnProperty", "valueOf"])(
    "called %s are unknown like any other",
    async (name) => {
      for (const request of [
        { restrictions: name },
        { restrictions: [{ include: name }] },
        { capabilities: [`@${name}`] },
        { rotation: name },
        { rotation: { include: name } },
        { include: name },
        { include: `${name}/${name}` },
      ]) {
        expectBadRequest(await askLogin(request), name);
        expectBadRequest(await askSubtoken(parent, request), name);
      }
    },
  );

  it.each<[Record<string, unknown>, string]>([
    [{ restrictions: "nosuch" }, "unknown include name: 'nosuch'"],
    [{ restrictions: "a/b/c" }, "malformed include name"],
    [{ restrictions: 5 }, ""],
    [{ rotation: [true] }, "rotation"],
    [{ rotation: { lifetime: -1 } }, "lifetime"],
    [{ rotation: { on_AT: "yes" } }, "on_AT"],
    [{ capabilities: { AT: true } }, "capabilities"],
    [{ capabilities: ["AT", 5] }, "capability"],
    [{ name: 5 }, "name"],
  ])("%j is 400", async (request, named) => {
    expectBadRequest(await askLogin(request), named);
    expectBadRequest(await askSubtoken(parent, request), named);
  });
});

describe("unknown capability names", () => {
  it("are stored as they came by a request that nobody sees, and permit nothing (Q44)", async () => {
    expect((await askLogin({ capabilities: ["AT", "fly"] })).status).toBe(200);
    const odd = await newToken("plain", { capabilities: ["tokeninfo:xyz", "create_mytoken"] });
    expect(claimsOf(odd).capabilities).toEqual(["tokeninfo:xyz", "create_mytoken"]);
    expect(await exchangeOf(odd)).toMatchObject({ status: 403, body: { error: "insufficient_capabilities" } });
  });

  it("are refused by the consent page, naming them; made-up children of known ones pass", async () => {
    expectBadRequest(await askApproval({ capabilities: ["AT", "fly"] }), "unknown capability 'fly'");
    expectBadRequest(await askApproval({ capabilities: ["constructor"] }), "unknown capability 'constructor'");
    expectBadRequest(await askApproval({ capabilities: ["at"] }), "unknown capability 'at'");
    expectBadRequest(await askApproval({ capabilities: ["AT"], subtoken_capabilities: ["fly"] }), "fly");
    expect((await askApproval({ capabilities: ["AT", "tokeninfo:xyz"] })).status).toBe(278);
  });

  it("vanish from a subtoken, and a subtoken of nothing else is 400", async () => {
    const child = await askSubtoken(parent, { capabilities: ["fly", "AT"] });
    expect(child).toMatchObject({ status: 200, body: { capabilities: ["AT"] } });
    expectBadRequest(await askSubtoken(parent, { capabilities: ["fly"] }), "cannot have any");
  });
});
