/** The exchange inside the token's object: parallel uses, failed writes, crashes between its steps (DESIGN §4). */
import { runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Mytoken } from "../../src/index.ts";
import type { Answer } from "../fixtures/client.ts";
import {
  configure,
  countedToken,
  crash,
  eventsOf,
  evict,
  exchangeOf,
  failWrite,
  familyOf,
  loginOf,
  newToken,
  refreshesOf,
  rowsOf,
  scriptFor,
  type TestToken,
  type Twin,
  usesOf,
} from "../fixtures/tokens.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const TWINS: readonly Twin[] = ["failed and not stored", "failed but stored"];

const HTML = { answer: { status: 500, body: "<h1>Error</h1>" } };

/** Resolves once the provider was asked for a refresh of this user. */
async function asked(token: TestToken): Promise<void> {
  await vi.waitFor(async () => expect(await refreshesOf(token)).toBe(1), { interval: 10 });
}

async function accessTokenEvents(token: TestToken): Promise<number> {
  return (await eventsOf(token)).filter((event) => event === "AT_created").length;
}

function statusCounts(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function seqNoOf({ object }: TestToken): Promise<unknown> {
  return (await rowsOf(object, "SELECT seq_no FROM token"))[0]?.["seq_no"];
}

describe("at most N", () => {
  it.each([1, 5, 63])("64 parallel uses of a clause with usages_AT %d", async (limit) => {
    const token = await newToken("rotating", { restrictions: [{ usages_AT: limit }] });
    const answers = await Promise.all(Array.from({ length: 64 }, () => exchangeOf(token)));
    expect(statusCounts(answers)).toEqual({ 200: limit, 403: 64 - limit });
    expect([await usesOf(token), await accessTokenEvents(token)]).toEqual([limit, limit]);
  });

  it("where the first uses give nothing, those that come back can be used again, and no more", async () => {
    const token = await newToken("plain", { restrictions: [{ usages_AT: 2 }] });
    await scriptFor(token, [HTML, HTML]);
    const statuses: number[] = [];
    for (let round = 0; round < 5; round++) statuses.push((await exchangeOf(token)).status);
    expect(statuses).toEqual([555, 555, 200, 200, 403]);
    expect(await refreshesOf(token)).toBe(4);
  });

  it("a use is reserved before the provider is asked", async () => {
    const token = await newToken("plain", { restrictions: [{ usages_AT: 1 }] });
    await scriptFor(token, [{ delay: 300 }]);
    const first = exchangeOf(token);
    await asked(token);
    expect([(await exchangeOf(token)).status, (await first).status]).toEqual([403, 200]);
  });

  it("memory is nothing to rely on: objects that are evicted between uses count on", async () => {
    const token = await newToken("rotating", { restrictions: [{ usages_AT: 2 }] });
    const statuses: number[] = [];
    for (let round = 0; round < 3; round++) {
      statuses.push((await exchangeOf(token)).status);
      await Promise.all([evict(token.object), evict(token.grant)]);
    }
    expect(statuses).toEqual([200, 200, 403]);
  });
});

describe("begin: the reservation", () => {
  it.each<[Twin, number]>([
    ["failed and not stored", 0],
    ["failed but stored", 1],
  ])("%s: nobody is asked, nothing handed out, and the use is spent only if it is stored", async (twin, spent) => {
    const token = await countedToken("plain");
    await failWrite(token.object, "transactionSync", twin);
    const { status, body } = await exchangeOf(token);
    expect([status, body["access_token"]]).toEqual([500, undefined]);
    expect([await usesOf(token), await accessTokenEvents(token), await refreshesOf(token)]).toEqual([spent, spent, 0]);
    expect((await exchangeOf(token)).status).toBe(200);
    expect(await usesOf(token)).toBe(spent + 1);
  });

  it.each<[string, RegExp]>([
    ["the event", /INSERT INTO event/],
    ["the use", /INSERT INTO usage/],
  ])("if %s cannot be written, neither is", async (_name, statement) => {
    const token = await countedToken("plain");
    await failWrite(token.object, statement, "failed but stored");
    expect((await exchangeOf(token)).status).toBe(500);
    expect([await usesOf(token), await accessTokenEvents(token), await refreshesOf(token)]).toEqual([0, 0, 0]);
  });
});

describe("finish: giving a use back", () => {
  it.each<[Twin, number]>([
    ["failed and not stored", 1],
    ["failed but stored", 0],
  ])("%s: it counts as spent unless that is stored", async (twin, spent) => {
    const token = await countedToken("plain");
    await scriptFor(token, [HTML]);
    await failWrite(token.object, "transactionSync", twin, { passed: 1 });
    const { status, body } = await exchangeOf(token);
    expect([status >= 500, body["access_token"]]).toEqual([true, undefined]);
    expect([await usesOf(token), await accessTokenEvents(token)]).toEqual([spent, spent]);
  });
});

describe("finish: rotation", () => {
  const rotating = { rotation: { on_AT: true } };

  it.each(TWINS)("%s: the holder repeats with the old text and gets the one successor", async (twin) => {
    const token = await countedToken("plain", rotating);
    await failWrite(token.object, "transactionSync", twin, { passed: 1 });
    const failed = await exchangeOf(token);
    expect([failed.status, failed.body["token_update"]]).toEqual([500, undefined]);
    expect(await seqNoOf(token)).toBe(twin === "failed but stored" ? 2 : 1);
    const repeated = await exchangeOf(token);
    expect([repeated.status, await seqNoOf(token)]).toEqual([200, 2]);
    const { mytoken: successor } = repeated.body["token_update"] as { mytoken: string };
    expect((await exchangeOf({ ...token, text: successor })).status).toBe(200);
    expect(await usesOf(token)).toBe(3);
  });

  it("a crash after the commit: the holder repeats with the old text and gets the one successor", async () => {
    const token = await countedToken("plain", rotating);
    await failWrite(token.object, "setAlarm", "failed but stored", { crashes: true });
    expect((await exchangeOf(token)).status).toBe(503);
    expect(await seqNoOf(token)).toBe(2);
    const repeated = await exchangeOf(token);
    expect([repeated.status, await seqNoOf(token)]).toEqual([200, 2]);
    const { mytoken: successor } = repeated.body["token_update"] as { mytoken: string };
    expect((await exchangeOf({ ...token, text: successor })).status).toBe(200);
  });

  it("64 parallel uses: one successor", async () => {
    const token = await countedToken("rotating", rotating);
    const answers = await Promise.all(Array.from({ length: 64 }, () => exchangeOf(token)));
    expect(statusCounts(answers)).toEqual({ 200: 64 });
    const updates = answers.flatMap(({ body }) => body["token_update"] ?? []) as { mytoken: string }[];
    expect([new Set(updates.map(({ mytoken }) => mytoken)).size, await seqNoOf(token)]).toEqual([1, 2]);
  });
});

describe("the Grant stores a new refresh token", () => {
  it.each<[Twin, RegExp | "sync", number, number]>([
    ["failed and not stored", /^\s*UPDATE login SET sealed_refresh_token/, 1, 400],
    ["failed but stored", /^\s*UPDATE login SET sealed_refresh_token/, 2, 200],
    ["failed but stored", "sync", 2, 200],
  ])("%s (%s): 555, the use given back; then as the storage says", async (twin, write, version, next) => {
    const token = await countedToken("rotating");
    await failWrite(token.grant, write, twin);
    const { status, body } = await exchangeOf(token);
    expect([status, body["access_token"]]).toEqual([555, undefined]);
    expect([await usesOf(token), await accessTokenEvents(token)]).toEqual([0, 0]);
    expect((await loginOf(token))["refresh_token_version"]).toBe(version);
    const later = await exchangeOf(token);
    expect(later.status).toBe(next);
    if (next !== 200) expect(later.body["error_description"]).toMatch(/log in again/);
  });

  it("stored and synced before the answer is judged: an answer that is withheld leaves it", async () => {
    const token = await countedToken("rotating");
    await scriptFor(token, [{ idToken: "other_subject" }]);
    expect((await exchangeOf(token)).status).toBe(555);
    expect([(await exchangeOf(token)).status, (await familyOf(token)).revoked]).toEqual([200, null]);
  });

  it("a crash right after it is synced: 555, and the next exchange works", async () => {
    const token = await countedToken("rotating");
    await failWrite(token.grant, "sync", "failed but stored", { crashes: true });
    expect((await exchangeOf(token)).status).toBe(555);
    expect((await loginOf(token))["refresh_token_version"]).toBe(2);
    expect([(await exchangeOf(token)).status, (await familyOf(token)).revoked]).toEqual([200, null]);
  });

  it("a crash before it is synced loses it: the window that is documented", async () => {
    const token = await countedToken("rotating");
    await failWrite(token.grant, /^\s*UPDATE login SET sealed_refresh_token/, "failed but stored", { crashes: true });
    expect((await exchangeOf(token)).status).toBe(555);
    expect((await loginOf(token))["refresh_token_version"]).toBe(1);
    expect((await exchangeOf(token)).status).toBe(400);
    expect(await usesOf(token)).toBe(0);
  });
});

describe("a crash while the provider is asked", () => {
  it("of the token's object: 503, the use is spent, and a new refresh token is stored all the same", async () => {
    const token = await countedToken("rotating");
    await scriptFor(token, [{ delay: 300, commit: true }]);
    const running = exchangeOf(token);
    await asked(token);
    await crash(token.object);
    const { status, headers, body } = await running;
    expect([status, body["error"], headers.get("Retry-After")]).toEqual([
      503,
      "temporarily_unavailable",
      expect.stringMatching(/^[1-9]\d*$/),
    ]);
    expect(await usesOf(token)).toBe(1);
    expect((await exchangeOf(token)).status).toBe(200);
    expect([await usesOf(token), (await familyOf(token)).revoked]).toEqual([2, null]);
  });

  it.each<[string, string, number]>([
    ["where it does not rotate, the next exchange works", "plain", 200],
    ["where it rotates, the login is lost", "rotating", 400],
  ])("of the Grant: 555, the use given back; %s", async (_name, trait, next) => {
    const token = await countedToken(trait);
    await scriptFor(token, [{ delay: 300, commit: true }]);
    const running = exchangeOf(token);
    await asked(token);
    await crash(token.grant);
    expect((await running).status).toBe(555);
    expect([await usesOf(token), await accessTokenEvents(token)]).toEqual([0, 0]);
    expect((await exchangeOf(token)).status).toBe(next);
  });
});

describe("a token that ends while the provider is asked", () => {
  const ways: [string, (token: TestToken) => Promise<unknown>][] = [
    [
      "in the register, whose word has not reached its own object",
      (token) => {
        vi.spyOn(Mytoken.prototype, "retire").mockResolvedValue();
        return token.grant.revoke({ momId: token.momId, recursive: true, grantKey: null });
      },
    ],
    ["in its own object", (token) => runInDurableObject(token.object, (mytoken) => mytoken.retire())],
  ];
  const kinds = [
    ["one that rotates", { on_AT: true }],
    ["one that does not", {}],
  ] as const;

  it.each(ways.flatMap(([way, end]) => kinds.map(([kind, rotation]) => [way, kind, end, rotation] as const)))(
    "%s, %s: the access token is withheld, nothing rotates, the use is given back",
    async (_way, _kind, end, rotation) => {
      const token = await countedToken("plain", { rotation });
      await scriptFor(token, [{ delay: 300 }]);
      const running = exchangeOf(token);
      await asked(token);
      await end(token);
      const { status, body } = await running;
      expect([status, body["error"], body["access_token"], body["token_update"]]).toEqual([
        401,
        "invalid_token",
        undefined,
        undefined,
      ]);
      expect([await seqNoOf(token), await usesOf(token), await accessTokenEvents(token)]).toEqual([1, 0, 0]);
      expect(
        await rowsOf(token.object, "SELECT 1 FROM token WHERE wrapped_key IS NOT NULL AND state = 'ended'"),
      ).toEqual([]);
      expect((await exchangeOf(token)).status).toBe(401);
    },
  );
});

describe("the Grant cannot be reached", () => {
  it.each<[string, object, number]>([
    ["overloaded: 503", { overloaded: true }, 503],
    ["anything else: 555, because nobody knows whether the provider was asked", {}, 555],
  ])("%s, and the use is given back", async (_name, marks, status) => {
    const token = await countedToken("plain");
    const refresh = () => Promise.reject(Object.assign(new Error("says the test"), marks));
    await configure(token.object, { GRANT: { getByName: () => ({ refresh }) } });
    expect((await exchangeOf(token)).status).toBe(status);
    expect([await usesOf(token), await accessTokenEvents(token)]).toEqual([0, 0]);
  });
});
