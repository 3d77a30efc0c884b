/** The queue for the provider: one refresh at a time, and one for all who wait for the same (DESIGN §4). */
import { evictDurableObject } from "cloudflare:test";
import { describe, expect, it, vi } from "vitest";
import type { Answer } from "../fixtures/client.ts";
import { fakeLog } from "../fixtures/fake-control.ts";
import {
  configure,
  countedToken,
  eventsOf,
  exchangeOf,
  familyOf,
  loginOf,
  refreshesOf,
  scriptFor,
  type TestToken,
  usesOf,
} from "../fixtures/tokens.ts";

vi.setConfig({ maxConcurrency: 12 });

const SCOPES = ["openid", "profile", "email", "storage.read", "storage.write"];

/** Resolves once the provider has received that many refreshes of this user. */
async function asked(token: TestToken, times: number): Promise<void> {
  await vi.waitFor(async () => expect(await refreshesOf(token)).toBe(times), { timeout: 5000, interval: 10 });
}

/** Many exchanges at once. */
function exchanges(token: TestToken, count: number, request: Record<string, unknown> = {}): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, () => exchangeOf(token, request)));
}

/** When the provider received the refreshes, milliseconds after the first. */
async function arrivals({ trait, user }: TestToken): Promise<number[]> {
  const { requests } = await fakeLog(trait, user);
  const times = requests.filter(({ form }) => form["grant_type"]?.[0] === "refresh_token").map(({ at }) => at);
  return times.map((at) => at - times[0]!);
}

function statuses(answers: readonly Answer[]): number[] {
  return [...new Set(answers.map(({ status }) => status))];
}

function accessTokens(answers: readonly Answer[]): Set<unknown> {
  return new Set(answers.map(({ body }) => body["access_token"]));
}

describe.concurrent("the queue", () => {
  describe("one refresh at a time", () => {
    it("requests for different scopes queue, although the provider never rotated", async () => {
      const token = await countedToken("plain");
      await scriptFor(token, [{ delay: 200 }, { delay: 200 }, { delay: 200 }]);
      const answers = await Promise.all(["openid", "profile", "email"].map((scope) => exchangeOf(token, { scope })));
      expect(statuses(answers)).toEqual([200]);
      const [, second = 0, third = 0] = await arrivals(token);
      expect([second >= 195, third >= second + 195]).toEqual([true, true]);
      // Each with its own scope.
      expect(answers.map(({ body }) => body["scope"])).toEqual([
        "openid offline_access",
        "profile offline_access",
        "email offline_access",
      ]);
    });

    it("requests for different audiences queue", async () => {
      const token = await countedToken("plain");
      await scriptFor(token, [{ delay: 200 }]);
      await Promise.all(["https://a.example", "https://b.example"].map((audience) => exchangeOf(token, { audience })));
      const [, second = 0] = await arrivals(token);
      expect(second).toBeGreaterThanOrEqual(195);
    });

    it("the next turn comes although a turn failed", async () => {
      const token = await countedToken("plain");
      await scriptFor(token, [{ delay: 100, cut: true }]);
      const first = exchangeOf(token, { scope: "openid" });
      await asked(token, 1);
      const second = exchangeOf(token, { scope: "email" });
      expect([(await first).status, (await second).status]).toEqual([555, 200]);
    });

    it.each(["grant", "object"] as const)(
      "eviction of the %s while the provider is asked: the answer arrives, the new refresh token is kept, no timer stays",
      async (evicted) => {
        const token = await countedToken("rotating");
        await scriptFor(token, [{ delay: 300 }]);
        const running = exchangeOf(token);
        await asked(token, 1);
        // Eviction waits for what the object still has to do: for the answer, not for a limit of time that nobody needs.
        await evictDurableObject(token[evicted]);
        expect((await running).status).toBe(200);
        expect((await loginOf(token))["refresh_token_version"]).toBe(2);
        expect((await exchangeOf(token)).status).toBe(200);
      },
    );
  });

  describe("equal requests that wait", () => {
    it("are answered by one refresh that starts after they arrived", async () => {
      const token = await countedToken("rotating");
      await scriptFor(token, [{ delay: 400, commit: true }]);
      const first = exchangeOf(token);
      await asked(token, 1);
      const waiting = await exchanges(token, 20);
      expect(statuses(waiting)).toEqual([200]);
      expect(accessTokens(waiting).size).toBe(1);
      // They got nothing that was asked for before they came.
      expect(accessTokens(waiting)).not.toEqual(accessTokens([await first]));
      expect(await refreshesOf(token)).toBe(2);
    });

    it("are each judged, charged and logged", async () => {
      const token = await countedToken("plain", { restrictions: [{ usages_AT: 15 }] });
      await scriptFor(token, [{ delay: 400 }]);
      const answers = await exchanges(token, 21);
      const counts = [200, 403].map((status) => answers.filter((answer) => answer.status === status).length);
      expect(counts).toEqual([15, 6]);
      expect(await usesOf(token)).toBe(15);
      expect((await eventsOf(token)).filter((event) => event === "AT_created")).toHaveLength(15);
    });

    it("share a fault: each has its use back", async () => {
      const token = await countedToken("plain");
      await scriptFor(token, [{ delay: 300 }, { cut: true }]);
      const first = exchangeOf(token);
      await asked(token, 1);
      expect(statuses(await exchanges(token, 5))).toEqual([555]);
      expect((await first).status).toBe(200);
      expect(await usesOf(token)).toBe(1);
    });

    it("are equal only with the same scope and audience", async () => {
      const token = await countedToken("plain");
      await scriptFor(token, [{ delay: 400 }]);
      const first = exchangeOf(token);
      await asked(token, 1);
      const waiting = await Promise.all([
        exchangeOf(token, { scope: "openid" }),
        exchangeOf(token, { scope: "openid" }),
        exchangeOf(token, { scope: "openid", audience: "https://a.example" }),
        exchangeOf(token, { scope: "openid email" }),
      ]);
      expect(statuses([await first, ...waiting])).toEqual([200]);
      expect(await refreshesOf(token)).toBe(4);
    });
  });

  describe("where the provider is configured never to rotate", () => {
    it("six refreshes run at once, and who comes then waits for one together", async () => {
      const token = await countedToken("never");
      await scriptFor(
        token,
        Array.from({ length: 6 }, () => ({ delay: 700 })),
      );
      const answers = await exchanges(token, 9);
      expect(statuses(answers)).toEqual([200]);
      const times = await arrivals(token);
      expect(times.map((time) => time >= 690)).toEqual([false, false, false, false, false, false, true]);
      expect(accessTokens(answers).size).toBe(7);
    });
  });

  describe("waiting", () => {
    it("for the turn ends after 3 s with 503: nothing was sent, and the use is given back", async () => {
      const token = await countedToken("plain");
      await scriptFor(token, [{ delay: 3600 }]);
      const first = exchangeOf(token);
      await asked(token, 1);
      const began = Date.now();
      const [equal, other] = await Promise.all([exchangeOf(token), exchangeOf(token, { scope: "openid" })]);
      const waited = Date.now() - began;
      for (const { status, headers, body } of [equal, other]) {
        expect([status, body["error"]]).toEqual([503, "temporarily_unavailable"]);
        expect(headers.get("Retry-After")).toMatch(/^[1-9]\d*$/);
      }
      expect([waited >= 2900, waited < 3500]).toEqual([true, true]);
      expect((await first).status).toBe(200);
      expect(await usesOf(token)).toBe(1);
      // Nor afterwards: the turns of those who left are empty.
      expect((await exchangeOf(token)).status).toBe(200);
      expect(await refreshesOf(token)).toBe(2);
    }, 10_000);

    it("a turn that is kept by a slow provider beyond its caller's patience is still kept", async () => {
      const token = await countedToken("plain");
      await configure(token.grant, { TURN_WAIT_SECONDS: "1", PROVIDER_WAIT_SECONDS: "1" });
      await scriptFor(token, [{ delay: 2500 }]);
      expect((await exchangeOf(token)).status).toBe(555);
      expect((await exchangeOf(token)).status).toBe(503);
      expect(await refreshesOf(token)).toBe(1);
    });

    it("a token that is revoked while it waits gets nothing, and nothing is sent for it", async () => {
      const token = await countedToken("plain");
      await scriptFor(token, [{ delay: 500 }]);
      const running = exchangeOf(token);
      await asked(token, 1);
      const waiting = exchangeOf(token, { scope: "openid" });
      await vi.waitFor(async () => expect(await usesOf(token)).toBe(2));
      await token.grant.revoke({ momId: token.momId, recursive: false, grantKey: null });
      for (const { status, body } of [await running, await waiting]) {
        expect([status, body["error"], body["access_token"]]).toEqual([401, "invalid_token", undefined]);
      }
      expect(await refreshesOf(token)).toBe(1);
    });
  });
});

describe("many callers of one login", () => {
  it.each([
    ["with equal scope", () => "openid email"],
    [
      "with eight different scopes",
      (index: number) => SCOPES.filter((_, bit) => ((index % 8) + 8) & (1 << bit)).join(" "),
    ],
  ])(
    "64 in parallel %s, at the provider that begins to rotate at its sixth refresh: all served, the login lives",
    async (_name, scopeOf) => {
      const token = await countedToken("late");
      for (let round = 1; round <= 5; round++) await exchangeOf(token);
      const answers = await Promise.all(
        Array.from({ length: 64 }, (_, index) => exchangeOf(token, { scope: scopeOf(index) })),
      );
      expect(statuses(answers)).toEqual([200]);
      expect(answers.filter(({ body }) => typeof body["access_token"] === "string")).toHaveLength(64);
      expect(await usesOf(token)).toBe(69);
      const family = await familyOf(token);
      expect([family.revoked, family.refreshTokens.length > 1]).toEqual([null, true]);
      expect((await exchangeOf(token)).status).toBe(200);
    },
  );

  it("300 in parallel at a serial provider that takes 100 ms: all served, in few refreshes", async () => {
    const token = await countedToken("rotating");
    await scriptFor(
      token,
      Array.from({ length: 100 }, () => ({ delay: 100, commit: true })),
    );
    const began = Date.now();
    const answers = await exchanges(token, 300);
    const elapsed = Date.now() - began;
    expect(statuses(answers)).toEqual([200]);
    const refreshes = await refreshesOf(token);
    expect(refreshes).toBeLessThanOrEqual(elapsed / 100 + 1);
    expect(refreshes).toBeLessThan(60);
    expect((await familyOf(token)).revoked).toBeNull();
  }, 20_000);
});
