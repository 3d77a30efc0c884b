/** The grace of DESIGN §5: a lost answer is repaired, and everything else with an outdated text is reuse. */
import { evictDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Answer, exchange, type From } from "../fixtures/client.ts";
import {
  configure,
  crash,
  eventsOf,
  exchangeOf,
  loginOf,
  newToken,
  rowsOf,
  runAlarms,
  type TestToken,
  usesOf,
} from "../fixtures/tokens.ts";
import { later } from "../storage/inside.ts";
import {
  areAlive,
  askSubtoken,
  INVALID_TOKEN,
  parallel,
  parentToken,
  presenting,
  RESTRICTED,
  revoke,
  rowOf,
  subtokenOf,
  successorIn,
  updateOf,
} from "./family.ts";

afterEach(() => {
  vi.useRealTimers();
});

const ROTATION = { on_AT: true, auto_revoke: true };

function rotating(request: Readonly<Record<string, unknown>> = {}): Promise<TestToken> {
  return newToken("plain", { rotation: ROTATION, ...request });
}

function exchangeFrom(token: TestToken, from: From): Promise<Answer> {
  return exchange(token.text, {}, from);
}

/** That a text was taken for reuse: 401, and its token is over. */
async function expectReuse(token: TestToken, answer: Answer): Promise<void> {
  expect(answer).toMatchObject(INVALID_TOKEN);
  expect(await rowOf(token)).toMatchObject({ state: "ended", ended_by: "reused" });
  expect(await areAlive([token])).toEqual([false]);
}

describe("a lost answer is repaired within the grace", () => {
  it("presenting the JWT: the same JWT comes back, as often as it is asked for", async () => {
    const token = await rotating();
    const lost = successorIn(await exchangeOf(token), token);
    for (const repeat of [1, 2, 3]) {
      const again = await exchangeOf(token);
      expect([repeat, again.status, updateOf(again)["mytoken"]]).toEqual([repeat, 200, lost.text]);
    }
    expect(await rowOf(token)).toMatchObject({ seq_no: 2, state: "live" });
    expect((await exchangeOf(lost)).status).toBe(200);
  });

  it("presenting a short token: a short token for the same successor", async () => {
    const token = await subtokenOf(await parentToken("plain"), { rotation: ROTATION, response_type: "short_token" });
    const lost = successorIn(await exchangeOf(token), token);
    const again = await exchangeOf(token);
    expect([again.status, updateOf(again)["mytoken_type"]]).toEqual([200, "short_token"]);
    expect(await rowOf(token)).toMatchObject({ seq_no: 2 });
    // The one that came again and the one that was lost are one generation: the second use of it is a repeat.
    const next = await exchangeOf(successorIn(again, token));
    expect((await exchangeOf(lost)).status).toBe(200);
    expect(await rowOf(token)).toMatchObject({ seq_no: 3, state: "live" });
    expect((await exchangeOf(successorIn(next, token))).status).toBe(200);
  });

  it("after the object was evicted, too", async () => {
    const token = await rotating();
    const lost = successorIn(await exchangeOf(token), token);
    await evictDurableObject(token.object);
    expect(updateOf(await exchangeOf(token))["mytoken"]).toBe(lost.text);
    await crash(token.object);
    expect(updateOf(await exchangeOf(token))["mytoken"]).toBe(lost.text);
  });

  it("by another kind of use: the successor comes with a subtoken", async () => {
    const token = await parentToken("plain", { rotation: { on_AT: true, on_other: true, auto_revoke: true } });
    const lost = successorIn(await exchangeOf(token), token);
    const child = await askSubtoken(token);
    expect([child.status, updateOf(child)["mytoken"]]).toEqual([200, lost.text]);
  });

  it("from anywhere in the same /64", async () => {
    const token = await rotating();
    await exchangeFrom(token, { address: "2001:db8:1:2::3" });
    const again = await exchangeFrom(token, { address: "2001:db8:1:2:ffff:ffff:ffff:ffff" });
    expect(again.status).toBe(200);
  });

  it("each repeat passes the whole judge and is charged", async () => {
    const token = await rotating({ restrictions: [{ usages_AT: 2 }] });
    await exchangeOf(token);
    expect((await exchangeOf(token)).status).toBe(200);
    expect(await usesOf(token)).toBe(2);
    expect((await eventsOf(token)).filter((event) => event === "AT_created")).toHaveLength(2);
    expect(await exchangeOf(token)).toMatchObject(RESTRICTED);
    // Refused, but not for reuse.
    expect(await rowOf(token)).toMatchObject({ state: "live", seq_no: 2 });
  });

  it("until its last second, and not one longer", async () => {
    const token = await rotating();
    await exchangeOf(token);
    const rotated = Number((await rowOf(token))["last_rotated"]);
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime((rotated + 60) * 1000);
    expect((await exchangeOf(token)).status).toBe(200);
    vi.setSystemTime((rotated + 61) * 1000);
    await expectReuse(token, await exchangeOf(token));
  });

  it("counts as current for its own revocation", async () => {
    const token = await rotating();
    const successor = successorIn(await exchangeOf(token), token);
    expect((await revoke(token, false)).status).toBe(204);
    expect(await exchangeOf(successor)).toMatchObject(INVALID_TOKEN);
    expect(await rowOf(token)).toMatchObject({ ended_by: "revoked" });
  });
});

describe("everything else is reuse", () => {
  it.each<[string, From, From]>([
    ["another IPv4 address", { address: "192.0.2.10" }, { address: "192.0.2.11" }],
    ["another /64", { address: "2001:db8:1:2::3" }, { address: "2001:db8:1:3::3" }],
    ["IPv4 after IPv6", { address: "2001:db8:1:2::3" }, { address: "192.0.2.10" }],
    [
      "another user agent",
      { address: "192.0.2.10", userAgent: "curl/8" },
      { address: "192.0.2.10", userAgent: "curl/9" },
    ],
    ["no user agent", { address: "192.0.2.10", userAgent: "curl/8" }, { address: "192.0.2.10" }],
  ])("from %s", async (_name, first, second) => {
    const token = await rotating();
    const successor = successorIn(await exchangeFrom(token, first), token);
    await expectReuse(token, await exchangeFrom(token, second));
    expect(await exchangeFrom(successor, first)).toMatchObject(INVALID_TOKEN);
  });

  it("after the successor was presented once", async () => {
    const token = await rotating();
    const successor = successorIn(await exchangeOf(token), token);
    expect((await exchangeOf(successor)).status).toBe(200);
    await expectReuse(token, await exchangeOf(token));
  });

  it("after the successor was presented for a use that rotates nothing", async () => {
    const token = await parentToken("plain", { rotation: ROTATION });
    const successor = successorIn(await exchangeOf(token), token);
    expect((await askSubtoken(successor)).status).toBe(200);
    expect(await rowOf(token)).toMatchObject({ seq_no: 2, sealed_successor: null });
    await expectReuse(token, await exchangeOf(token));
  });

  it("after the successor was presented for a use that was refused: its holder has it", async () => {
    const token = await rotating();
    const successor = successorIn(await exchangeOf(token), token);
    expect((await askSubtoken(successor)).body).toMatchObject({ error: "insufficient_capabilities" });
    await expectReuse(token, await exchangeOf(token));
  });

  it("of the generation before the last, even if the last one was not presented yet", async () => {
    const token = await rotating();
    const second = successorIn(await exchangeOf(token), token);
    await exchangeOf(second);
    await expectReuse(token, await exchangeOf(token));
  });

  it("without a grace: at once", async () => {
    const token = await rotating();
    await configure(token.object, { ROTATION_GRACE_SECONDS: "0" });
    await exchangeOf(token);
    await expectReuse(token, await exchangeOf(token));
  });

  it("by a short token: outdated after the grace, and when its record is gone", async () => {
    const root = await parentToken("plain");
    const [token, other] = await parallel(2, () =>
      subtokenOf(root, { rotation: ROTATION, response_type: "short_token" }),
    );
    await exchangeOf(token!);
    await exchangeOf(other!);
    later(61);
    await runAlarms(other!.object);
    await expectReuse(token!, await exchangeOf(token!));
    await expectReuse(other!, await exchangeOf(other!));
  });

  it("without auto_revoke: refused, and the successor lives", async () => {
    const token = await rotating({ rotation: { on_AT: true } });
    const successor = successorIn(await exchangeFrom(token, { address: "192.0.2.10" }), token);
    const answer = await exchangeFrom(token, { address: "192.0.2.66" });
    expect(answer).toMatchObject(INVALID_TOKEN);
    expect(String(answer.body["error_description"])).toContain("outdated");
    expect((await exchangeFrom(successor, { address: "192.0.2.10" })).status).toBe(200);
  });
});

it("the end of the grace erases the sealed successor and the predecessor's short tokens, by alarm", async () => {
  const token = await subtokenOf(await parentToken("plain"), { rotation: ROTATION, response_type: "short_token" });
  const successor = successorIn(await exchangeOf(token), token);
  const shortTokens = () => rowsOf(token.object, "SELECT seq_no FROM short_token ORDER BY seq_no");
  expect((await rowOf(token))["sealed_successor"]).not.toBeNull();
  expect(await shortTokens()).toEqual([{ seq_no: 1 }, { seq_no: 2 }]);
  later(30);
  await runAlarms(token.object);
  expect((await rowOf(token))["sealed_successor"]).not.toBeNull();
  later(31);
  expect(await runAlarms(token.object)).toBeGreaterThan(0);
  expect(await rowOf(token)).toMatchObject({ sealed_successor: null, predecessor_hash: null, predecessor_until: null });
  expect(await shortTokens()).toEqual([{ seq_no: 2 }]);
  expect((await exchangeOf(successor)).status).toBe(200);
});

describe("reuse with auto_revoke", () => {
  it("of the first of three generations kills the root and everything below it, durable across restarts", async () => {
    const first = await parentToken("plain", { rotation: ROTATION });
    const second = successorIn(await exchangeOf(first), first);
    const child = await subtokenOf(second);
    const grandchild = await subtokenOf(child);
    const third = successorIn(await exchangeOf(second), first);
    expect(await areAlive([third, child, grandchild])).toEqual([true, true, true]);

    const answer = await exchangeOf(first);
    expect(answer).toMatchObject(INVALID_TOKEN);
    expect(String(answer.body["error_description"])).toContain("revoked");
    const family = [first, second, third, child, grandchild];
    const expectAllDead = async () => {
      for (const token of family) {
        expect(await exchangeOf(token)).toMatchObject(INVALID_TOKEN);
        expect(await askSubtoken(token)).toMatchObject(INVALID_TOKEN);
      }
      expect(await areAlive(family)).toEqual(family.map(() => false));
    };
    await expectAllDead();
    for (const token of [first, child, grandchild]) await crash(token.object);
    await crash(first.grant);
    await expectAllDead();
    await runAlarms(first.grant);
    await evictDurableObject(first.grant);
    await expectAllDead();
    // Nobody is left: the login is over, and its refresh token is destroyed.
    expect(await loginOf(first)).toMatchObject({ closed: expect.any(Number), sealed_refresh_token: null });
    for (const token of [first, child, grandchild]) {
      expect(await rowOf(token)).toMatchObject({ state: "ended", wrapped_key: null, sealed_successor: null });
    }
  });

  it("parents and siblings of the replayed token stay", async () => {
    const root = await parentToken("plain");
    const replayed = await subtokenOf(root, { rotation: ROTATION });
    const sibling = await subtokenOf(root);
    const below = await subtokenOf(replayed);
    const nephew = await subtokenOf(sibling);
    await exchangeOf(successorIn(await exchangeOf(replayed), replayed));
    expect(await exchangeOf(replayed)).toMatchObject(INVALID_TOKEN);
    expect(await areAlive([root, replayed, below, sibling, nephew])).toEqual([true, false, false, true, true]);
    for (const token of [root, sibling, nephew]) expect((await exchangeOf(token)).status).toBe(200);
    for (const token of [replayed, below]) expect(await exchangeOf(token)).toMatchObject(INVALID_TOKEN);
  });

  it("works through any use, also one that the token may not make", async () => {
    const token = await rotating();
    await exchangeOf(successorIn(await exchangeOf(token), token));
    await expectReuse(token, await askSubtoken(token));
  });

  it("comes about although the login's object cannot be reached: by alarm", async () => {
    const token = await parentToken("plain", { rotation: ROTATION });
    const child = await subtokenOf(token);
    await exchangeOf(successorIn(await exchangeOf(token), token));
    // The object crashes right after it noticed: what it owes is in its table.
    const reuse = exchangeOf(token);
    await crash(token.grant);
    await reuse;
    await runAlarms(token.object);
    expect(await areAlive([token, child])).toEqual([false, false]);
    expect(await exchangeOf(child)).toMatchObject(INVALID_TOKEN);
  });

  it("a use in flight while a sibling text is replayed hands out nothing", async () => {
    const token = await rotating();
    const second = successorIn(await exchangeOf(token), token);
    const third = successorIn(await exchangeOf(second), token);
    const [replay, ...uses] = await Promise.all([exchangeOf(token), ...[1, 2, 3].map(() => exchangeOf(third))]);
    expect(replay).toMatchObject(INVALID_TOKEN);
    for (const use of uses) expect([200, 401]).toContain(use.status);
    expect(await exchangeOf(third)).toMatchObject(INVALID_TOKEN);
    expect(await exchangeOf(presenting(token, second.text))).toMatchObject(INVALID_TOKEN);
  });
});
