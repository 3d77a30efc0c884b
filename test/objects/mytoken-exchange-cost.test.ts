/** What one exchange costs (DESIGN §9), counted and not timed. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { post } from "../fixtures/client.ts";
import { type Cost, costOf } from "../fixtures/counters.ts";
import {
  countedToken,
  eventsOf,
  exchangeOf,
  newToken,
  refreshesOf,
  rowsOf,
  scriptFor,
  type TestToken,
} from "../fixtures/tokens.ts";

/** The cost of one exchange that ends with `status`, after one that warmed caches of keys and settings. */
async function costOfExchange(token: TestToken, status = 200, request: Record<string, unknown> = {}): Promise<Cost> {
  const before = await refreshesOf(token);
  const cost = await costOf(token.object, async () => {
    expect((await exchangeOf(token, request)).status).toBe(status);
  });
  // What this isolate sent is what arrived.
  expect(cost.fetches).toBe((await refreshesOf(token)) - before);
  return cost;
}

const WALK = { d1: 0, kv: 0, fetches: 1, objectCalls: ["Mytoken.exchange", "Grant.refresh"] };

describe("one exchange: no D1, no KV, two object calls, one outgoing request", () => {
  it.each<[string, () => Promise<TestToken>, { commits: number; rowsWritten: number }]>([
    [
      "an unrestricted token: one commit of one row, the event",
      () => newToken("plain"),
      { commits: 1, rowsWritten: 1 },
    ],
    [
      "with a clause: one commit of two rows, the event and the use",
      () => countedToken("plain"),
      { commits: 1, rowsWritten: 2 },
    ],
    [
      "with a clause that limits no uses: the same",
      () => newToken("plain", { restrictions: [{ scope: "openid email" }] }),
      { commits: 1, rowsWritten: 2 },
    ],
    [
      "at a provider that rotates: one commit and one row more, the refresh token",
      () => newToken("rotating"),
      { commits: 2, rowsWritten: 2 },
    ],
  ])("%s", async (_name, make, writes) => {
    const token = await make();
    for (const round of [1, 2, 3]) {
      const { rowsRead: _, ...cost } = await costOfExchange(token);
      expect({ round, ...cost }).toEqual({ round, ...WALK, ...writes });
    }
  });

  it("a token that rotates: one more commit, and no other call", async () => {
    const token = await newToken("plain", { rotation: { on_AT: true } });
    const { objectCalls, d1, kv, fetches, rowsWritten } = await costOfExchange(token);
    expect({ objectCalls, d1, kv, fetches }).toEqual(WALK);
    // Two events, the token's row, the appointment that ends the grace.
    expect(rowsWritten).toBeLessThanOrEqual(5);
  });

  it("a use that is given back: one more commit", async () => {
    const token = await countedToken("plain");
    await scriptFor(token, [{ answer: { status: 500, body: "<h1>Error</h1>" } }]);
    const { rowsRead: _, ...cost } = await costOfExchange(token, 555);
    expect(cost).toEqual({ ...WALK, commits: 2, rowsWritten: 4 });
  });

  it("a refused use: one call, and nothing written or sent", async () => {
    const token = await newToken("plain", { restrictions: [{ scope: "openid" }] });
    const { rowsRead: _, ...cost } = await costOfExchange(token, 403, { scope: "email" });
    expect(cost).toEqual({ ...WALK, objectCalls: ["Mytoken.exchange"], fetches: 0, commits: 0, rowsWritten: 0 });
  });
});

describe("what the floors of the other subjects of the bench rest on (test/bench/subjects.ts)", () => {
  it("a subtoken: five commits of two objects and the login's, one batch of D1, no outgoing request", async () => {
    const parent = await newToken("plain", { capabilities: ["AT", "tokeninfo", "create_mytoken"] });
    const request = { grant_type: "mytoken", mytoken: parent.text, capabilities: ["AT"] };
    const { rowsRead: _, ...cost } = await costOf(parent.object, () => post("/api/v0/token/my", request));
    expect(cost).toEqual({
      objectCalls: ["Mytoken.subtoken", "Grant.join", "Mytoken.create", "Grant.confirm", "Mytoken.publish"],
      // Three statements, and the batch of them.
      d1: 4,
      kv: 0,
      fetches: 0,
      // One each, but the writes and the alarm of joining are one as well (three are counted), those of the making (two).
      commits: 8,
      rowsWritten: 14,
    });
  });

  it("introspection: one commit of one object, one question to D1, no outgoing request", async () => {
    const token = await newToken("plain");
    const request = { action: "introspect", mytoken: token.text };
    const { rowsRead: _, ...cost } = await costOf(token.object, () => post("/api/v0/tokeninfo", request));
    expect(cost).toEqual({ objectCalls: ["Mytoken.introspect"], d1: 1, kv: 0, fetches: 0, commits: 1, rowsWritten: 1 });
  });
});

describe("the cost of an exchange is flat", () => {
  it("after a thousand events and ten thousand members it is what it was before", async () => {
    const token = await countedToken("rotating");
    await exchangeOf(token);
    const before = await costOfExchange(token);
    await runInDurableObject(token.object, (_, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)
         INSERT INTO event (time, event) SELECT 0, 'AT_created' FROM n`,
      );
    });
    await runInDurableObject(token.grant, (_, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
         INSERT INTO member (mom_id, parent, state, since) SELECT 'm' || i, ?, 'live', 0 FROM n`,
        token.momId,
      );
    });
    expect(await costOfExchange(token)).toEqual(before);
  });

  it.each<[string, (parent: string, child: string) => readonly [path: string, body: object]]>([
    ["introspection below the root", (_, child) => ["/api/v0/tokeninfo", { action: "introspect", mytoken: child }]],
    [
      "one more subtoken",
      (parent) => ["/api/v0/token/my", { grant_type: "mytoken", mytoken: parent, capabilities: ["AT"] }],
    ],
  ])("so is that of %s in a family of ten thousand", async (_name, requestOf) => {
    const parent = await newToken("plain", { capabilities: ["AT", "tokeninfo", "create_mytoken"] });
    const wanted = { grant_type: "mytoken", mytoken: parent.text, capabilities: ["AT", "tokeninfo"] };
    const { body: child } = await post("/api/v0/token/my", wanted);
    const [path, body] = requestOf(parent.text, String(child["mytoken"]));
    const cost = () =>
      costOf(parent.object, async () => {
        expect((await post(path, body)).status).toBe(200);
      });
    const before = await cost();
    await runInDurableObject(parent.grant, (_, { storage }) => {
      storage.sql.exec(
        `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
         INSERT INTO member (mom_id, parent, state, since) SELECT 'm' || i, ?, 'live', 0 FROM n`,
        parent.momId,
      );
    });
    expect(await cost()).toEqual(before);
  });
});

describe("the counters count", () => {
  it("a login: its D1 statements, its KV operations, its object calls, its requests and writes", async () => {
    const any = await newToken("plain");
    const cost = await costOf(any.object, () => newToken("plain"));
    expect(cost.objectCalls).toEqual(expect.arrayContaining(["Authorization.start", "Grant.open", "Mytoken.create"]));
    for (const [what, least] of Object.entries({ d1: 1, fetches: 3, commits: 5, rowsRead: 10, rowsWritten: 10 })) {
      expect([what, cost[what as "d1"] >= least]).toEqual([what, true]);
    }
  });

  it("each KV operation", async () => {
    const any = await newToken("plain");
    const { kv } = await costOf(any.object, async () => {
      await env.CODES.put("cost", "x");
      await env.CODES.get("cost");
      await env.CODES.delete("cost");
    });
    expect(kv).toBe(3);
  });

  it("each write outside a transaction, and each row", async () => {
    const any = await newToken("plain");
    const events = (await eventsOf(any)).length;
    const { commits, rowsWritten } = await costOf(any.object, () => rowsOf(any.object, "DELETE FROM event"));
    expect([commits, rowsWritten]).toEqual([1, events]);
  });
});
