/** Invariant 1: a clause with N uses gives at most N, whatever is parallel, refused, cut off, restarted or evicted. */
import { evictDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Step } from "../fixtures/fake-control.ts";
import {
  configure,
  countedToken,
  crash,
  eventsOf,
  exchangeOf,
  newToken,
  refreshesOf,
  rowsOf,
  scriptFor,
  type TestToken,
  usesOf,
} from "../fixtures/tokens.ts";
import {
  askSubtoken,
  claimsOf,
  parallel,
  parentToken,
  RESTRICTED,
  sleep,
  slowCrypto,
  subtokenOf,
  successorIn,
  tally,
  until,
} from "./family.ts";

const AT_ONCE = 64;

afterEach(() => {
  vi.restoreAllMocks();
});

/** Live tokens directly below one. */
async function childrenOf({ grant, momId }: TestToken): Promise<number> {
  return (await rowsOf(grant, "SELECT 1 FROM member WHERE parent = ? AND state = 'live'", momId)).length;
}

async function otherUsesOf({ object }: TestToken): Promise<number> {
  const [row] = await rowsOf<{ uses: number }>(object, "SELECT total(other) AS uses FROM usage");
  return row?.uses ?? 0;
}

describe("64 parallel exchanges", () => {
  it("usages_AT 5: exactly 5 access tokens, in each of 100 rounds", async () => {
    const root = await parentToken("plain");
    for (let round = 1; round <= 100; round++) {
      const token = await subtokenOf(root, { restrictions: [{ usages_AT: 5 }] });
      const answers = await parallel(AT_ONCE, () => exchangeOf(token));
      expect([round, tally(answers)]).toEqual([round, { 200: 5, 403: 59 }]);
      if (round % 10 === 0) expect(await exchangeOf(token)).toMatchObject(RESTRICTED);
    }
  }, 120_000);

  it("usages_AT 1: exactly 1, in each of 20 rounds", async () => {
    const root = await parentToken("plain");
    for (let round = 1; round <= 20; round++) {
      const token = await subtokenOf(root, { restrictions: [{ usages_AT: 1 }] });
      const answers = await parallel(AT_ONCE, () => exchangeOf(token));
      expect([round, tally(answers)]).toEqual([round, { 200: 1, 403: 63 }]);
    }
  }, 60_000);

  it("crypto that takes its time opens no gap between check and reservation", async () => {
    const root = await parentToken("plain");
    let calls = 0;
    const slow = slowCrypto(() => sleep((calls += 1) % 5));
    for (let round = 1; round <= 5; round++) {
      const token = await subtokenOf(root, { restrictions: [{ usages_AT: 5, usages_other: 2 }] });
      const [exchanges, subtokens] = await Promise.all([
        parallel(32, () => exchangeOf(token)),
        parallel(8, () => askSubtoken(token)),
      ]);
      expect([round, tally(exchanges), tally(subtokens)]).toEqual([round, { 200: 5, 403: 27 }, { 200: 2, 403: 6 }]);
    }
    expect(slow).toHaveBeenCalled();
  }, 30_000);

  it("usages_AT 0: none, and the provider is not asked", async () => {
    const token = await newToken("plain", { restrictions: [{ usages_AT: 0 }] });
    expect(tally(await parallel(AT_ONCE, () => exchangeOf(token)))).toEqual({ 403: AT_ONCE });
    expect(await refreshesOf(token)).toBe(0);
  });

  it("two clauses: the first is spent, then the second", async () => {
    const restrictions = [
      { usages_AT: 3, scope: "storage.read" },
      { usages_AT: 4, scope: "storage.read storage.write" },
    ];
    const token = await newToken("plain", { restrictions });
    expect(tally(await parallel(AT_ONCE, () => exchangeOf(token, { scope: "storage.read" })))).toEqual({
      200: 7,
      403: 57,
    });
    expect(await rowsOf(token.object, "SELECT access_tokens FROM usage ORDER BY 1")).toEqual([
      { access_tokens: 3 },
      { access_tokens: 4 },
    ]);
  });

  it("equal clauses are one with one counter, however they are written (Q6, token-core §4.3)", async () => {
    const restrictions = [
      { usages_AT: 5, scope: "storage.read" },
      { scope: "storage.read", usages_AT: 5 },
    ];
    const token = await newToken("plain", { restrictions });
    expect(claimsOf(token).restrictions).toHaveLength(1);
    expect(tally(await parallel(AT_ONCE, () => exchangeOf(token)))).toEqual({ 200: 5, 403: 59 });
  });

  it("rotation resets no counter", async () => {
    const token = await newToken("plain", { restrictions: [{ usages_AT: 3 }], rotation: { on_AT: true } });
    let current = token;
    for (const use of [1, 2, 3]) {
      const answer = await exchangeOf(current);
      expect([use, answer.status]).toEqual([use, 200]);
      current = successorIn(answer, current);
    }
    expect(await exchangeOf(current)).toMatchObject(RESTRICTED);
  });
});

describe("a provider that sometimes refuses, answers nonsense or not at all", () => {
  const STEPS: Readonly<Record<string, Step>> = {
    refuses: { answer: { status: 400, body: { error: "invalid_scope" } } },
    cuts: { cut: true },
    nonsense: { answer: { status: 500, body: "<h1>Internal error</h1>" } },
    hangs: { hang: true },
    good: {},
  };
  const WEATHER =
    "refuses cuts good nonsense hangs refuses good cuts nonsense refuses refuses good cuts nonsense hangs cuts".split(
      " ",
    );
  const FAULTS = WEATHER.filter((step) => step !== "good").length;

  it("never gives more than 5, takes no use for what it did not give, and the rest stays usable", async () => {
    const token = await newToken("plain", { restrictions: [{ usages_AT: 5 }] });
    await configure(token.grant, { PROVIDER_WAIT_SECONDS: "1", PROVIDER_LIMIT_SECONDS: "1" });
    const steps = WEATHER.map((step) => STEPS[step]!);
    await scriptFor(token, steps);
    let given = 0;
    let faults = 0;
    for (let wave = 1; wave <= 20 && given < 5; wave++) {
      // Each asks for an audience of its own, so that each is a request of its own to the provider.
      const answers = await parallel(AT_ONCE, (index) =>
        exchangeOf(token, { audience: `https://service-${wave}-${index}.example` }),
      );
      const { 200: granted = 0, 403: restricted = 0 } = tally(answers);
      given += granted;
      faults += AT_ONCE - granted - restricted;
      expect(given).toBeLessThanOrEqual(5);
      expect(await usesOf(token)).toBe(given);
    }
    expect([given, faults]).toEqual([5, FAULTS]);
    expect((await eventsOf(token)).filter((event) => event === "AT_created")).toHaveLength(5);
    expect(tally(await parallel(AT_ONCE, () => exchangeOf(token)))).toEqual({ 403: AT_ONCE });
  }, 40_000);
});

describe("the object restarts in between", () => {
  it("evicted between uses: never more than 5", async () => {
    const token = await countedToken("plain", { restrictions: [{ usages_AT: 5 }] });
    let given = 0;
    for (const wave of [1, 2, 3, 40]) {
      given += tally(await parallel(wave, () => exchangeOf(token)))[200] ?? 0;
      await evictDurableObject(token.object);
    }
    expect(given).toBe(5);
  });

  it("reset while the provider is asked: what was reserved counts as spent, and nothing is given later", async () => {
    const token = await countedToken("plain", { restrictions: [{ usages_AT: 5 }] });
    await scriptFor(token, [{ commit: true, delay: 300 }]);
    const first = parallel(AT_ONCE, () => exchangeOf(token));
    await until(async () => (await refreshesOf(token)) === 1);
    await crash(token.object);
    const answers = tally(await first);
    expect(answers[200] ?? 0).toBe(0);
    // Those of whom the object knows nothing are asked to come again.
    expect(answers).toEqual({ 403: 59, 503: 5 });
    expect(await usesOf(token)).toBe(5);
    expect(tally(await parallel(AT_ONCE, () => exchangeOf(token)))).toEqual({ 403: AT_ONCE });
  });

  it("reset again and again under load: never more than 5", async () => {
    const token = await countedToken("plain", { restrictions: [{ usages_AT: 5 }] });
    let given = 0;
    for (let wave = 0; wave < 8; wave++) {
      const answers = parallel(8, () => exchangeOf(token));
      await sleep(3 * wave);
      await crash(token.object);
      given += tally(await answers)[200] ?? 0;
    }
    given += tally(await parallel(AT_ONCE, () => exchangeOf(token)))[200] ?? 0;
    expect(given).toBeLessThanOrEqual(5);
    expect(await usesOf(token)).toBe(5);
  });

  it("the login's object reset while the provider is asked: the uses come back, and 5 are given afterwards", async () => {
    const token = await countedToken("plain", { restrictions: [{ usages_AT: 5 }] });
    await scriptFor(token, [{ commit: true, delay: 300 }]);
    const first = parallel(AT_ONCE, () => exchangeOf(token));
    await until(async () => (await refreshesOf(token)) === 1);
    await crash(token.grant);
    expect(tally(await first)).toEqual({ 403: 59, 555: 5 });
    expect(await usesOf(token)).toBe(0);
    expect(tally(await parallel(AT_ONCE, () => exchangeOf(token)))).toEqual({ 200: 5, 403: 59 });
  });
});

describe("the same for other uses", () => {
  it("usages_other 5: 64 parallel requests give exactly 5 subtokens, in each of 10 rounds", async () => {
    const root = await parentToken("plain");
    for (let round = 1; round <= 10; round++) {
      const token = await subtokenOf(root, { restrictions: [{ usages_other: 5 }] });
      const answers = await parallel(AT_ONCE, () => askSubtoken(token));
      expect([round, tally(answers)]).toEqual([round, { 200: 5, 403: 59 }]);
      expect(await childrenOf(token)).toBe(5);
    }
  }, 60_000);

  it("usages_other 1: exactly 1", async () => {
    const token = await parentToken("plain", { restrictions: [{ usages_other: 1 }] });
    expect(tally(await parallel(AT_ONCE, () => askSubtoken(token)))).toEqual({ 200: 1, 403: 63 });
    expect(await childrenOf(token)).toBe(1);
  });

  it("a subtoken that cannot be given costs nothing", async () => {
    const token = await parentToken("plain", { restrictions: [{ usages_other: 2 }] });
    const refused = await parallel(16, () => askSubtoken(token, { capabilities: ["settings"] }));
    expect(refused.every(({ status }) => status === 400 || status === 403)).toBe(true);
    expect(await otherUsesOf(token)).toBe(0);
    expect((await eventsOf(token)).filter((event) => event === "MT_created")).toEqual([]);
    expect(tally(await parallel(AT_ONCE, () => askSubtoken(token)))).toEqual({ 200: 2, 403: 62 });
  });

  it("the parent's object reset in between: never more than 5 subtokens alive", async () => {
    const token = await parentToken("plain", { restrictions: [{ usages_other: 5 }] });
    let given = 0;
    for (let wave = 0; wave < 5; wave++) {
      const answers = parallel(8, () => askSubtoken(token));
      await sleep(4 * wave);
      await crash(token.object);
      given += tally(await answers)[200] ?? 0;
    }
    given += tally(await parallel(AT_ONCE, () => askSubtoken(token)))[200] ?? 0;
    expect(given).toBeLessThanOrEqual(5);
    expect(await childrenOf(token)).toBeLessThanOrEqual(5);
    expect(await otherUsesOf(token)).toBe(5);
  });

  it("access tokens and other uses of one clause are counted apart", async () => {
    const token = await parentToken("plain", { restrictions: [{ usages_AT: 2, usages_other: 1 }] });
    const [exchanges, subtokens] = await Promise.all([
      parallel(16, () => exchangeOf(token)),
      parallel(16, () => askSubtoken(token)),
    ]);
    expect([tally(exchanges), tally(subtokens)]).toEqual([
      { 200: 2, 403: 14 },
      { 200: 1, 403: 15 },
    ]);
  });
});
