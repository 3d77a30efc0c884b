/** A mytoken from a mytoken (semantics §2): never more than its parent may give, and told so if that was asked for. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { eventsOf, exchangeOf, newToken, rowsOf, type TestToken, usesOf } from "../fixtures/tokens.ts";
import { later } from "../storage/inside.ts";
import {
  areAlive,
  askSubtoken,
  claimsOf,
  historyOf,
  INVALID_TOKEN,
  parentToken,
  RESTRICTED,
  revoke,
  rowOf,
  subtokenOf,
  successorIn,
} from "./family.ts";

afterEach(() => {
  vi.useRealTimers();
});

const STRICT = { error_on_restrictions: true };
const NOT_TIGHTER = "requested restrictions are not subset of original restrictions";

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

describe("restrictions of a subtoken", () => {
  const PARENT = [
    { exp: 4_000_000_000, scope: "storage.read", usages_AT: 10 },
    { hosts: ["192.0.2.0/24"], geoip_allow: ["DE", "FR"] },
  ];
  const parent = (): Promise<TestToken> => parentToken("plain", { restrictions: [...PARENT, { usages_other: 100 }] });

  it("nothing requested: its parent's, all of them", async () => {
    for (const restrictions of [undefined, null, "", []]) {
      const child = await subtokenOf(await parent(), { restrictions, ...STRICT });
      expect(claimsOf(child).restrictions).toEqual([...PARENT, { usages_other: 100 }]);
    }
  });

  it("tighter ones: kept as they were asked for", async () => {
    const wanted = [
      { exp: 3_000_000_000, scope: "storage.read", usages_AT: 4 },
      { hosts: ["192.0.2.7"], geoip_allow: ["FR"] },
    ];
    const { status, body } = await askSubtoken(await parent(), { restrictions: wanted, ...STRICT });
    expect([status, body["restrictions"]]).toEqual([200, wanted]);
  });

  it.each<[string, object, string]>([
    ["a later end", { exp: 4_000_000_001, scope: "storage.read", usages_AT: 1, usages_other: 101 }, "usages_other"],
    ["another country", { hosts: ["192.0.2.7"], geoip_allow: ["US"], usages_other: 101 }, "usages_other"],
    ["no limit at all", { scope: "storage.write" }, "usages_other"],
  ])("wider ones with error_on_restrictions: 400 naming clause and member: %s", async (_name, clause, member) => {
    const from = await parent();
    const good = { scope: "storage.read", exp: 3_000_000_000, usages_AT: 1 };
    const answer = await askSubtoken(from, { restrictions: [good, clause], ...STRICT });
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect(answer.body["error_description"]).toBe(`${NOT_TIGHTER}: '${member}' of clause 1`);
    expect(await eventsOf(from)).not.toContain("MT_created");
  });

  it.each<[string, object, object, string]>([
    ["nbf", { nbf: 2_000 }, { nbf: 1_000 }, "nbf"],
    ["exp", { exp: 4_000_000_000 }, { exp: 4_000_000_001 }, "exp"],
    ["exp that is missing", { exp: 4_000_000_000 }, { usages_AT: 1 }, "exp"],
    ["scope", { scope: "openid profile" }, { scope: "openid email" }, "scope"],
    ["audience", { audience: ["https://a.example"] }, { audience: ["https://b.example"] }, "audience"],
    ["hosts", { hosts: ["2001:db8::/32"] }, { hosts: ["2001::/16"] }, "hosts"],
    ["geoip_allow", { geoip_allow: ["DE"] }, { geoip_allow: ["DE", "FR"] }, "geoip_allow"],
    ["geoip_disallow", { geoip_disallow: ["US", "GB"] }, { geoip_disallow: ["US"] }, "geoip_disallow"],
    ["usages_AT", { usages_AT: 5 }, { usages_AT: 6 }, "usages_AT"],
    ["usages_other", { usages_other: 5 }, { usages_other: 6 }, "usages_other"],
  ])("every member can be the wider one: %s", async (_name, given, wanted, member) => {
    const from = await parentToken("plain", { restrictions: [{ ...given }] });
    const strict = await askSubtoken(from, { restrictions: [wanted], ...STRICT });
    expect(strict.status).toBe(400);
    expect(strict.body["error_description"]).toBe(`${NOT_TIGHTER}: '${member}' of clause 0`);
    // Not asked to fail: the parent's own, silently, and not one bit wider.
    const lenient = await askSubtoken(from, { restrictions: [wanted] });
    expect(lenient).toMatchObject({ status: 200, body: { restrictions: [given] } });
  });

  it("some tighter, some wider, without the flag: the tighter ones are left", async () => {
    const restrictions = [{ scope: "storage.write" }, { exp: 3_000_000_000, scope: "storage.read", usages_AT: 2 }];
    for (const flag of [{}, { error_on_restrictions: false }]) {
      const from = await parentToken("plain", { restrictions: PARENT.slice(0, 1) });
      expect(await askSubtoken(from, { restrictions, ...flag })).toMatchObject({
        status: 200,
        body: { restrictions: [restrictions[1]] },
      });
    }
  });

  it("clauses of one request share the uses of the parent's clause", async () => {
    const from = await parentToken("plain", { restrictions: [{ usages_AT: 5 }] });
    const restrictions = [
      { usages_AT: 3, scope: "storage.read" },
      { usages_AT: 3, scope: "storage.write" },
    ];
    expect((await askSubtoken(from, { restrictions, ...STRICT })).body["error_description"]).toBe(
      `${NOT_TIGHTER}: 'usages_AT' of clause 1`,
    );
    expect(
      (await askSubtoken(from, { restrictions: [restrictions[0], { ...restrictions[1], usages_AT: 2 }], ...STRICT }))
        .status,
    ).toBe(200);
  });

  it("templates count as requested", async () => {
    const from = await parentToken("plain", { restrictions: [{ exp: "+1h" }] });
    expect((await askSubtoken(from, { restrictions: "1d", ...STRICT })).status).toBe(400);
    expect((await askSubtoken(from, { restrictions: "1d" })).body["restrictions"]).toEqual(claimsOf(from).restrictions);
  });

  it("children get the clause's full number of uses, however much of it the parent has used (kept, Q5)", async () => {
    const from = await parentToken("plain", { restrictions: [{ usages_AT: 2 }] });
    for (const use of [1, 2]) expect([use, (await exchangeOf(from)).status]).toEqual([use, 200]);
    expect(await exchangeOf(from)).toMatchObject(RESTRICTED);
    for (const round of [1, 2]) {
      const child = await subtokenOf(from);
      expect(claimsOf(child).restrictions).toEqual([{ usages_AT: 2 }]);
      for (const use of [1, 2]) expect([round, use, (await exchangeOf(child)).status]).toEqual([round, use, 200]);
      expect(await exchangeOf(child)).toMatchObject(RESTRICTED);
      expect(await usesOf(child)).toBe(2);
    }
    expect(await usesOf(from)).toBe(2);
  });

  it("the scope of a child is judged by its own clause, down a line of five", async () => {
    let token = await parentToken("plain", {
      restrictions: [{ scope: "openid profile email storage.read storage.write" }],
    });
    for (const scope of ["openid profile email storage.read", "openid profile email", "openid profile", "openid"]) {
      token = await subtokenOf(token, { restrictions: [{ scope }], ...STRICT });
    }
    expect((await exchangeOf(token, { scope: "openid" })).status).toBe(200);
    expect(await exchangeOf(token, { scope: "profile" })).toMatchObject(RESTRICTED);
    expect((await askSubtoken(token, { restrictions: [{ scope: "openid profile" }], ...STRICT })).status).toBe(400);
  });
});

describe("the provider's maximum lifetime", () => {
  const HOUR = 3600;

  function expBetween(token: TestToken, seconds: number): void {
    const { exp = 0 } = claimsOf(token);
    expect(exp - nowSeconds()).toBeGreaterThan(seconds - 10);
    expect(exp - nowSeconds()).toBeLessThanOrEqual(seconds);
  }

  it("ends a token that asked for no end, at login and below", async () => {
    const root = await parentToken("limited");
    expBetween(root, HOUR);
    later(600);
    // The parent's own end is earlier than a fresh maximum would be.
    const child = await subtokenOf(root, STRICT);
    expect(claimsOf(child).exp).toBe(claimsOf(root).exp);
  });

  it("cuts a later end, silently without the flag, and refuses it with the flag", async () => {
    const root = await parentToken("limited", { restrictions: [{ exp: "+1h" }, { exp: "+30m", scope: "openid" }] });
    const cut = await subtokenOf(await parentToken("limited"), { restrictions: [{ exp: "+2h" }] });
    expBetween(cut, HOUR);
    const refused = await askSubtoken(root, { restrictions: [{ exp: "+2h" }], ...STRICT });
    expect(refused).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect(refused.body["error_description"]).toContain("maximum mytoken lifetime");
    expect((await askSubtoken(root, { restrictions: [{ exp: "+10m" }], ...STRICT })).status).toBe(200);
  });

  it("fails nobody who named no end: the flag is about what was asked for", async () => {
    const root = await parentToken("limited");
    vi.useFakeTimers({ toFake: ["Date"] });
    expect((await askSubtoken(root, STRICT)).status).toBe(200);
  });
});

describe("capabilities of a subtoken", () => {
  it("requested ones that the parent covers, in the order of the request; others vanish", async () => {
    const from = await parentToken("plain", { capabilities: ["AT", "create_mytoken", "tokeninfo", "settings:grants"] });
    const answer = await askSubtoken(from, {
      capabilities: ["read@settings:grants:ssh", "settings", "tokeninfo:history", "AT", "manage_mytokens", "AT"],
    });
    expect(answer.body["capabilities"]).toEqual(["read@settings:grants:ssh", "tokeninfo:history", "AT"]);
  });

  it("none left: 400, and the use is given back", async () => {
    const from = await parentToken("plain", { restrictions: [{ usages_other: 1 }] });
    const answer = await askSubtoken(from, { capabilities: ["settings", "manage_mytokens"] });
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect(answer.body["error_description"]).toBe("mytoken to be issued cannot have any of the requested capabilities");
    expect((await askSubtoken(from)).status).toBe(200);
  });

  it("nothing requested: all of the parent's; without create_mytoken the line ends there", async () => {
    const from = await parentToken("plain");
    const same = await subtokenOf(from, { capabilities: [] });
    expect(claimsOf(same).capabilities).toEqual(["AT", "tokeninfo", "create_mytoken"]);
    const last = await subtokenOf(same, { capabilities: ["AT"] });
    expect(await askSubtoken(last)).toMatchObject({ status: 403, body: { error: "insufficient_capabilities" } });
  });

  it("subtoken_capabilities bound them in the place of the parent's own", async () => {
    const bounded = await newToken("plain", {
      capabilities: ["create_mytoken", "tokeninfo"],
      subtoken_capabilities: ["AT", "tokeninfo:introspect", "create_mytoken"],
    });
    expect(await exchangeOf(bounded)).toMatchObject({ status: 403 });
    const child = await askSubtoken(bounded, { capabilities: ["AT", "tokeninfo", "create_mytoken"] });
    expect(child.body["capabilities"]).toEqual(["AT", "create_mytoken"]);
    expect(child.body).not.toHaveProperty("subtoken_capabilities");
    // Nothing requested: the parent's capabilities that the bound covers.
    expect((await askSubtoken(bounded)).body["capabilities"]).toEqual(["create_mytoken"]);
    // Its own bound is bounded as well, and kept only beside create_mytoken.
    const again = { capabilities: ["AT", "create_mytoken"], subtoken_capabilities: ["AT", "settings"] };
    expect((await askSubtoken(bounded, again)).body["subtoken_capabilities"]).toEqual(["AT"]);
    const leaf = await askSubtoken(bounded, { capabilities: ["AT"], subtoken_capabilities: ["AT"] });
    expect(leaf.body).not.toHaveProperty("subtoken_capabilities");
    expect((await askSubtoken(bounded, { capabilities: ["tokeninfo"] })).status).toBe(400);
  });
});

describe("what else a subtoken has", () => {
  it("the login of its parent: auth_time, subject, provider; a jti, a number and a time of its own", async () => {
    const root = await parentToken("plain", { rotation: { on_AT: true } });
    later(5000);
    const child = await subtokenOf(root, { name: "job 17" });
    later(5000);
    const grandchild = await subtokenOf(child);
    const [above, below, lowest] = [root, child, grandchild].map(claimsOf);
    for (const claims of [below!, lowest!]) {
      const { auth_time, sub, oidc_sub, oidc_iss, iss, aud } = above!;
      expect(claims).toMatchObject({ auth_time, sub, oidc_sub, oidc_iss, iss, aud, seq_no: 1 });
      // Never inherited.
      expect(claims).not.toHaveProperty("rotation");
    }
    expect(below!.iat - above!.iat).toBeGreaterThanOrEqual(5000);
    expect(below!.nbf).toBe(below!.iat);
    expect(new Set([above!.jti, below!.jti, lowest!.jti]).size).toBe(3);
    expect([below!.name, lowest!.name]).toEqual(["job 17", undefined]);
    expect(await rowOf(grandchild)).toMatchObject({ parent: child.momId, grant_id: root.grantId });
  });

  it("events on both sides", async () => {
    const root = await parentToken("plain");
    const child = await subtokenOf(root, { name: "job 17" });
    expect(await historyOf(root)).toContainEqual({ event: "MT_created", comment: "Created MT job 17" });
    expect(await historyOf(child)).toEqual([
      { event: "created", comment: "Used grant_type mytoken" },
      { event: "inherited_RT", comment: "Got RT from parent" },
    ]);
  });

  it("nothing left behind if it cannot be handed out: its transfer code cannot be stored", async () => {
    const root = await parentToken("plain", { restrictions: [{ usages_other: 1 }] });
    const put = vi
      .spyOn(Object.getPrototypeOf(env.CODES) as KVNamespace, "put")
      .mockRejectedValue(new Error("KV is away"));
    const answer = await askSubtoken(root, { response_type: "transfer_code" });
    expect(put).toHaveBeenCalledOnce();
    put.mockRestore();
    expect(answer).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
    const alive = await rowsOf(root.grant, "SELECT mom_id FROM member WHERE state IN ('joining', 'live')");
    expect(alive).toEqual([{ mom_id: root.momId }]);
    // The use came back.
    expect((await askSubtoken(root, { response_type: "transfer_code" })).status).toBe(200);
  });

  it("a name of at most 100 characters", async () => {
    const root = await parentToken("plain");
    expect((await askSubtoken(root, { name: "n".repeat(100) })).status).toBe(200);
    const long = await askSubtoken(root, { name: "n".repeat(101) });
    expect(long).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect(long.body["error_description"]).toContain("100");
  });

  it("no other provider than its parent's", async () => {
    const root = await parentToken("plain");
    const answer = await askSubtoken(root, { oidc_issuer: "https://elsewhere.example" });
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request" } });
  });

  it("its own rotation, which does not touch its parent", async () => {
    const root = await parentToken("plain");
    const child = await subtokenOf(root, { rotation: { on_AT: true, auto_revoke: true } });
    const successor = successorIn(await exchangeOf(child), child);
    expect((await exchangeOf(successor)).status).toBe(200);
    expect(await rowOf(root)).toMatchObject({ seq_no: 1 });
  });

  it("a life of its own if its parent is revoked alone, and none if its parent is revoked with all below", async () => {
    const root = await parentToken("plain");
    const middle = await subtokenOf(root);
    const leaf = await subtokenOf(middle);
    expect((await revoke(middle, false)).status).toBe(204);
    expect((await exchangeOf(leaf)).status).toBe(200);
    // Through the dead one in between.
    expect((await revoke(root, true)).status).toBe(204);
    expect(await exchangeOf(leaf)).toMatchObject(INVALID_TOKEN);
    expect(await areAlive([root, middle, leaf])).toEqual([false, false, false]);
  });
});
