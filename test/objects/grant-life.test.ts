/** How a Grant ends, and what it does by alarm: nothing stays behind (DESIGN §3, §5). */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { sha256Text } from "../../src/crypto/hash.ts";
import { randomUuid } from "../../src/crypto/random.ts";
import { Mytoken } from "../../src/index.ts";
import { newClaims } from "../../src/token/claims.ts";
import { momIdOf } from "../../src/token/ids.ts";
import { ISSUER } from "../fixtures/addresses.mjs";
import { fakeIssuer, fakeLog } from "../fixtures/fake-control.ts";
import { addMembers, membersOf, newGrant, type TestGrant } from "../fixtures/grants.ts";
import {
  exchangeOf,
  familyOf,
  loginOf,
  newToken,
  refreshesOf,
  rowsOf,
  runAlarms,
  scriptFor,
  tablesOf,
  type TestToken,
} from "../fixtures/tokens.ts";

const YEAR = 366 * 86_400;
const RETENTION = 30 * 86_400;

/** A year ahead no alarm fires by itself: each one is run by its test. Logins come first: providers live today. */
function goAhead(): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + YEAR * 1000 });
}

function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000);
}

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Whether a grant still holds a refresh token. */
async function isOpen({ grant }: { grant: TestGrant["grant"] }): Promise<boolean> {
  // A closed grant that nobody remembers is empty.
  if ((await tablesOf(grant)).length === 0) return false;
  const [row = {}] = await rowsOf(grant, "SELECT closed, sealed_refresh_token AS sealed FROM login");
  // The ciphertext goes in the moment in which the grant closes.
  expect(row["closed"] === null).toBe(row["sealed"] !== null);
  return row["closed"] === null;
}

async function dueOf({ grant }: { grant: TestGrant["grant"] }): Promise<Record<string, number>> {
  const now = Math.floor(Date.now() / 1000);
  const rows = await rowsOf<{ kind: string; at: number }>(grant, "SELECT kind, at FROM due");
  return Object.fromEntries(rows.map(({ kind, at }) => [kind, at - now]));
}

/** Lets the telling of members fail as `fails` says, and notes whom it reached. */
function tellingOf(fails: (momId: string) => boolean = () => false): string[] {
  const told: string[] = [];
  vi.spyOn(Mytoken.prototype, "retire").mockImplementation(async function (this: Mytoken) {
    const { name = "" } = (this as unknown as { ctx: DurableObjectState }).ctx.id;
    if (fails(name)) throw new Error(`${name} cannot be told`);
    told.push(name);
  });
  return told;
}

describe("a token that is being made", () => {
  /** Steps 1 and 2 of creation, as a creator that crashes before step 3 leaves them. */
  async function halfMade(parent: TestToken): Promise<DurableObjectStub<Mytoken>> {
    const momId = await momIdOf(randomUuid());
    expect(await parent.grant.join(momId, parent.momId)).toBe(true);
    const child = env.MYTOKEN.getByName(momId);
    const claims = await newClaims({
      issuer: ISSUER,
      oidcSub: parent.user,
      oidcIss: fakeIssuer(parent.trait),
      name: null,
      capabilities: ["AT"],
      subtokenCapabilities: null,
      restrictions: [],
      rotation: null,
      authTime: 0,
      now: Math.floor(Date.now() / 1000),
    });
    await child.create({
      momId,
      parent: parent.momId,
      grantId: parent.grantId,
      textHash: await sha256Text("a text that nobody was given"),
      wrappedKey: new Uint8Array(60),
      claims,
      caller: { address: null, country: null, userAgent: "" },
      events: [],
    });
    return child;
  }

  it("and was not confirmed within 10 minutes is dropped, and its object left empty", async () => {
    const parent = await newToken("plain");
    goAhead();
    const child = await halfMade(parent);
    expect(await tablesOf(child)).not.toEqual([]);
    pass(599);
    await runAlarms(parent.grant);
    expect(Object.values(await membersOf(parent))).toEqual(expect.arrayContaining(["joining"]));
    pass(1);
    await runAlarms(parent.grant);
    expect(Object.values(await membersOf(parent)).toSorted()).toEqual(["gone", "live"]);
    expect(await tablesOf(child)).toEqual([]);
    expect(await isOpen(parent)).toBe(true);
  });

  it("is dropped in time although others joined before and after", async () => {
    const family = await newGrant();
    await addMembers(family, { root: null });
    goAhead();
    await family.grant.join("first", "root");
    pass(300);
    await family.grant.join("second", "root");
    await family.grant.join("good", "root");
    await family.grant.confirm("good");
    pass(300);
    await runAlarms(family.grant);
    expect(await membersOf(family)).toEqual({ root: "live", first: "gone", second: "joining", good: "live" });
    pass(300);
    await runAlarms(family.grant);
    expect(await membersOf(family)).toEqual({ root: "live", first: "gone", second: "gone", good: "live" });
  });
});

describe("a grant closes", () => {
  it.each<[string, (family: TestGrant) => Promise<unknown>]>([
    ["nobody ever joined", () => Promise.resolve()],
    ["nobody was confirmed", (family) => family.grant.join("root", null)],
  ])("10 minutes after its making if %s, and is empty after the retention time", async (_name, arrange) => {
    goAhead();
    const family = await newGrant();
    await arrange(family);
    pass(599);
    await runAlarms(family.grant);
    expect(await isOpen(family)).toBe(true);
    pass(1);
    await runAlarms(family.grant);
    expect(await isOpen(family)).toBe(false);
    pass(RETENTION + 1);
    await runAlarms(family.grant);
    expect(await tablesOf(family.grant)).toEqual([]);
  });

  it("not while somebody lives", async () => {
    goAhead();
    const family = await newGrant();
    await addMembers(family, { root: null });
    pass(10 * YEAR);
    await runAlarms(family.grant);
    expect([await isOpen(family), await membersOf(family)]).toEqual([true, { root: "live" }]);
  });

  it("when its last token expires, which then holds no key", async () => {
    const token = await newToken("plain", { restrictions: [{ exp: Math.floor(Date.now() / 1000) + 1000 }] });
    goAhead();
    await runAlarms(token.object);
    expect(await isOpen(token)).toBe(false);
    expect(await rowsOf(token.object, "SELECT state, ended_by, wrapped_key FROM token")).toEqual([
      { state: "ended", ended_by: "expired", wrapped_key: null },
    ]);
  });

  it("when the login is abandoned: everybody ends, once", async () => {
    const family = await newGrant();
    await addMembers(family, { root: null, child: "root" });
    await family.grant.join("joining", "child");
    goAhead();
    await family.grant.abandon();
    expect(await isOpen(family)).toBe(false);
    expect(await membersOf(family)).toEqual({ root: "revoked", child: "revoked", joining: "revoked" });
    const before = await rowsOf(family.grant, "SELECT * FROM member, login");
    pass(60);
    await family.grant.abandon();
    expect(await rowsOf(family.grant, "SELECT * FROM member, login")).toEqual(before);
  });

  it("after a series of invalid_grant as long as the retention time, and not after a shorter one", async () => {
    const token = await newToken("plain");
    const refusal = { answer: { status: 400, body: { error: "invalid_grant" } } };
    await scriptFor(token, [refusal, refusal, {}, refusal, refusal, refusal]);
    goAhead();
    expect((await exchangeOf(token)).status).toBe(400);
    pass(RETENTION - 1);
    expect([(await exchangeOf(token)).status, await isOpen(token)]).toEqual([400, true]);
    // A good answer ends the series.
    expect((await exchangeOf(token)).status).toBe(200);
    pass(RETENTION);
    expect([(await exchangeOf(token)).status, await isOpen(token)]).toEqual([400, true]);
    pass(RETENTION - 1);
    expect([(await exchangeOf(token)).status, await isOpen(token)]).toEqual([400, true]);
    pass(1);
    expect((await exchangeOf(token)).status).toBeGreaterThanOrEqual(400);
    expect(await isOpen(token)).toBe(false);
    const asked = await refreshesOf(token);
    expect((await exchangeOf(token)).status).toBe(401);
    expect(await refreshesOf(token)).toBe(asked);
  });
});

describe("the refresh token of a grant that closes", () => {
  it("is revoked at the provider if the request that ended it can open it", async () => {
    const family = await newGrant();
    await addMembers(family, { root: null });
    const request = { momId: "root", recursive: false, grantKey: family.key };
    expect(await family.grant.revoke(request)).toBe("revoked_at_provider");
    const { requests } = await fakeLog("plain");
    const revoked = requests.filter(
      ({ endpoint, form }) => endpoint === "revoke" && form["token"]?.[0] === family.refreshToken,
    );
    expect(revoked).toMatchObject([{ outcome: 200, form: { token_type_hint: ["refresh_token"] } }]);
  });

  it("is not while others live", async () => {
    const family = await newGrant();
    await addMembers(family, { root: null, child: "root" });
    expect(await family.grant.revoke({ momId: "root", recursive: false, grantKey: family.key })).toBe("kept");
    const { requests } = await fakeLog("plain");
    expect(requests.filter(({ form }) => form["token"]?.[0] === family.refreshToken)).toEqual([]);
  });

  it.each<[string, string, (family: TestGrant) => Uint8Array<ArrayBuffer> | null]>([
    ["no key", "plain", () => null],
    ["another key", "plain", () => new Uint8Array(32)],
    ["a provider without revocation", "norevocation", (family) => family.key],
  ])("is deleted with %s", async (_name, trait, keyOf) => {
    const family = await newGrant(trait);
    await addMembers(family, { root: null });
    const request = { momId: "root", recursive: true, grantKey: keyOf(family) };
    expect(await family.grant.revoke(request)).toBe("deleted");
    expect(await isOpen(family)).toBe(false);
  });

  it("that comes new and too late is revoked at the provider and not stored, and nobody gets the access token", async () => {
    const token = await newToken("plain");
    await scriptFor(token, [{ rotate: true, commit: true, delay: 500 }]);
    const running = exchangeOf(token);
    await vi.waitFor(async () => expect(await refreshesOf(token)).toBe(1));
    await token.grant.abandon();
    const { status, body } = await running;
    expect([status, body["error"], body["access_token"]]).toEqual([401, "invalid_token", undefined]);
    expect(await loginOf(token)).toMatchObject({ sealed_refresh_token: null, refresh_token_version: 1 });
    const { current, revoked } = await familyOf(token);
    const { requests } = await fakeLog("plain", token.user);
    expect(requests.filter(({ endpoint }) => endpoint === "revoke")).toMatchObject([{ form: { token: [current] } }]);
    expect(revoked).toBe("revoked by the client");
  });

  it("that comes new is stored only over the version that was sent", async () => {
    const token = await newToken("plain");
    await scriptFor(token, [{ rotate: true, commit: true, delay: 300 }]);
    const running = exchangeOf(token);
    await vi.waitFor(async () => expect(await refreshesOf(token)).toBe(1));
    const newer = "UPDATE login SET refresh_token_version = 7, sealed_refresh_token = x'00'";
    await rowsOf(token.grant, newer);
    await running;
    expect(
      await rowsOf(
        token.grant,
        "SELECT refresh_token_version AS version, hex(sealed_refresh_token) AS sealed FROM login",
      ),
    ).toEqual([{ version: 7, sealed: "00" }]);
  });
});

describe("telling the revoked", () => {
  it("drops their keys", async () => {
    const token = await newToken("plain");
    goAhead();
    await token.grant.revoke({ momId: token.momId, recursive: true, grantKey: null });
    await runAlarms(token.grant);
    expect(await rowsOf(token.object, "SELECT state, ended_by, wrapped_key FROM token")).toEqual([
      { state: "ended", ended_by: "revoked", wrapped_key: null },
    ]);
    expect(await membersOf(token)).toEqual({ [token.momId]: "gone" });
  });

  it("is done in batches, survives eviction between them, and reaches each once", async () => {
    const told = tellingOf();
    goAhead();
    const family = await newGrant();
    await addMembers(family, { root: null, other: null });
    const children = Array.from({ length: 49 }, (_, index) => [`child${index}`, "root"]);
    await addMembers(family, Object.fromEntries(children));
    await family.grant.revoke({ momId: "root", recursive: true, grantKey: null });
    const reached: number[] = [];
    while (told.length < 50 && reached.length < 50) {
      await runDurableObjectAlarm(family.grant);
      reached.push(told.length);
      await evictDurableObject(family.grant);
    }
    expect(reached).toEqual([20, 40, 50]);
    expect(new Set(told)).toEqual(new Set(["root", ...children.map(([momId]) => momId)]));
    const counts = await rowsOf(family.grant, "SELECT state, count(*) AS n FROM member GROUP BY state");
    expect(counts).toEqual([
      { state: "gone", n: 50 },
      { state: "live", n: 1 },
    ]);
    // Nothing is left to tell, and the alarm rests until there is something to prune.
    expect(Object.keys(await dueOf(family)).toSorted()).toEqual(["joining", "prune"]);
  });

  it("that fails is repeated, less and less often, and the alarm never throws", async () => {
    let broken = true;
    const told = tellingOf(() => broken);
    goAhead();
    const family = await newGrant();
    await addMembers(family, { root: null, other: null });
    await family.grant.revoke({ momId: "root", recursive: false, grantKey: null });
    const waits: number[] = [];
    for (let round = 0; round < 13; round++) {
      await runInDurableObject(family.grant, (grant) => grant.alarm());
      const { tell = 0 } = await dueOf(family);
      waits.push(tell);
      const alarm = await runInDurableObject(family.grant, (_, { storage }) => storage.getAlarm());
      expect(alarm).not.toBeNull();
      pass(tell);
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]);
    broken = false;
    await runAlarms(family.grant);
    expect([told, await membersOf(family)]).toEqual([["root"], { root: "gone", other: "live" }]);
    expect(await dueOf(family)).not.toHaveProperty("tell");
  });

  it("is not held up by one that cannot be told", async () => {
    const told = tellingOf((momId) => momId === "a");
    goAhead();
    const family = await newGrant();
    await addMembers(family, { a: null, b: "a", c: "a", other: null });
    await family.grant.revoke({ momId: "a", recursive: true, grantKey: null });
    await runAlarms(family.grant);
    expect(told.toSorted()).toEqual(["b", "c"]);
    expect(await membersOf(family)).toEqual({ a: "revoked", b: "gone", c: "gone", other: "live" });
  });

  it("sets the next alarm before it begins: a crash in it is repeated", async () => {
    goAhead();
    const family = await newGrant();
    await addMembers(family, { root: null, other: null });
    let alarm: number | null = null;
    vi.spyOn(Mytoken.prototype, "retire").mockImplementation(async () => {
      alarm = await runInDurableObject(family.grant, (_, { storage }) => storage.getAlarm());
    });
    await family.grant.revoke({ momId: "root", recursive: false, grantKey: null });
    await runAlarms(family.grant);
    expect(alarm).toBeGreaterThan(Date.now());
  });
});

describe("pruning", () => {
  beforeEach(() => {
    tellingOf();
  });

  it("takes a dead leaf after the retention time, and not before", async () => {
    goAhead();
    const family = await newGrant();
    await addMembers(family, { root: null, child: "root" });
    await family.grant.leave("child");
    pass(RETENTION - 1);
    await runAlarms(family.grant);
    expect(await membersOf(family)).toEqual({ root: "live", child: "gone" });
    pass(1);
    await runAlarms(family.grant);
    expect(await membersOf(family)).toEqual({ root: "live" });
  });

  it("leaves a dead parent while anybody names it, and does not wake up for it in vain", async () => {
    goAhead();
    const family = await newGrant();
    await addMembers(family, { root: null, child: "root", grandchild: "child" });
    await family.grant.revoke({ momId: "child", recursive: false, grantKey: null });
    await runAlarms(family.grant);
    pass(RETENTION + 1);
    expect(await runAlarms(family.grant)).toBeLessThan(5);
    expect(await membersOf(family)).toEqual({ root: "live", child: "gone", grandchild: "live" });
    const { prune = Infinity } = await dueOf(family);
    expect(prune).toBeGreaterThan(3600);
    await family.grant.leave("grandchild");
    pass(RETENTION);
    await runAlarms(family.grant);
    expect(await membersOf(family)).toEqual({ root: "live" });
  });

  it("empties the object once the grant is closed and all its members are gone", async () => {
    goAhead();
    const family = await newGrant();
    await addMembers(family, { root: null, child: "root", grandchild: "child" });
    await family.grant.revoke({ momId: "root", recursive: true, grantKey: null });
    await runAlarms(family.grant);
    pass(RETENTION - 1);
    await runAlarms(family.grant);
    expect(Object.values(await membersOf(family))).toEqual(["gone", "gone", "gone"]);
    pass(1);
    await runAlarms(family.grant);
    expect(await tablesOf(family.grant)).toEqual([]);
    expect(await runInDurableObject(family.grant, (_, { storage }) => storage.getAlarm())).toBeNull();
    // What comes afterwards finds nothing, and makes nothing.
    expect([await family.grant.isAlive("root"), await family.grant.join("new", null)]).toEqual([false, false]);
    expect(await tablesOf(family.grant)).toEqual([]);
  });
});
