/** Faults of a provider, seen by the holder of a mytoken and by the Grant. Cases wait side by side, each with its own user. */
import { describe, expect, it, vi } from "vitest";
import type { Step } from "../fixtures/fake-control.ts";
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

const HINT = /^invalid_grant: .*log in again/;

/** The version of the refresh token that the Grant has stored. */
async function versionOf(token: TestToken): Promise<number> {
  return Number((await loginOf(token))["refresh_token_version"]);
}

/** What is left of a use that gave nothing: it is not counted and not in the history. */
async function traceOf(token: TestToken): Promise<object> {
  const events = await eventsOf(token);
  return { uses: await usesOf(token), accessTokens: events.filter((event) => event === "AT_created").length };
}

const NO_TRACE = { uses: 0, accessTokens: 0 };

/** A user at a provider, whose next refreshes are scripted, and whose slow answers are waited for one second. */
async function prepared(trait: string, steps: readonly Step[]): Promise<TestToken> {
  const token = await countedToken(trait);
  await configure(token.grant, { PROVIDER_WAIT_SECONDS: "1", PROVIDER_LIMIT_SECONDS: "1" });
  await scriptFor(token, steps);
  return token;
}

describe.concurrent("faults of a provider", () => {
  describe("no answer, or none that can be understood: 555, the use given back, and the login lives", () => {
    it.each<[string, Step]>([
      ["no answer", { hang: true }],
      ["half an answer, then silence", { stall: true }],
      ["half an answer, then cut", { half: true }],
      ["cut before the request is processed", { cut: true }],
      ["500 with HTML", { answer: { status: 500, body: "<h1>Internal error</h1>" } }],
      [
        "500 with HTML after the request is processed",
        { commit: true, answer: { status: 500, body: "<h1>Error</h1>" } },
      ],
      ["200 with HTML", { answer: { status: 200, body: "<h1>Log in</h1>" } }],
      ["a redirection", { answer: { status: 302, headers: { location: "/plain/token" } } }],
      ["400 without an error", { answer: { status: 400, body: { message: "no" } } }],
    ])("%s", async (_name, step) => {
      const token = await prepared("plain", [step]);
      const { status, body } = await exchangeOf(token);
      expect([status, body]).toEqual([555, { error: "oidc_error", error_description: expect.stringMatching(/./) }]);
      expect(await traceOf(token)).toEqual(NO_TRACE);
      expect((await exchangeOf(token)).status).toBe(200);
      expect(await traceOf(token)).toEqual({ uses: 1, accessTokens: 1 });
      // Sent once: what is unknown is not repeated by us.
      expect(await refreshesOf(token)).toBe(2);
    });
  });

  describe("a connection cut at a provider that had rotated loses the login: the documented window", () => {
    it.each<[string, Step]>([
      ["cut after commit", { commit: true, cut: true }],
      ["no answer after commit", { commit: true, hang: true }],
    ])("%s: 555 first, then invalid_grant with the hint, both uses given back", async (_name, step) => {
      const token = await prepared("rotating", [step]);
      const first = await exchangeOf(token);
      expect([first.status, first.body["error"]]).toEqual([555, "oidc_error"]);
      expect(await traceOf(token)).toEqual(NO_TRACE);
      const second = await exchangeOf(token);
      expect([second.status, second.body]).toEqual([
        400,
        { error: "oidc_error", error_description: expect.stringMatching(HINT) },
      ]);
      expect(await traceOf(token)).toEqual(NO_TRACE);
      expect(await loginOf(token)).toMatchObject({ closed: null, invalid_grant_since: expect.any(Number) });
    });
  });

  describe("where the provider is configured never to rotate", () => {
    it("a connection cut without an answer is tried once more", async () => {
      const token = await prepared("never", [{ cut: true }]);
      expect((await exchangeOf(token)).status).toBe(200);
      expect(await refreshesOf(token)).toBe(2);
    });

    it("once, not twice", async () => {
      const token = await prepared("never", [{ cut: true }, { cut: true }]);
      expect((await exchangeOf(token)).status).toBe(555);
      expect(await refreshesOf(token)).toBe(2);
    });

    it.each<[string, Step]>([
      ["an answer that cannot be understood", { answer: { status: 500, body: "<h1>Error</h1>" } }],
      ["a refusal", { answer: { status: 400, body: { error: "invalid_grant" } } }],
      ["no answer in time", { hang: true }],
    ])("%s is not", async (_name, step) => {
      const token = await prepared("never", [step]);
      expect((await exchangeOf(token)).status).not.toBe(200);
      expect(await refreshesOf(token)).toBe(1);
    });
  });

  describe("a refusal is passed on with the provider's status and words, and the use given back", () => {
    it.each<[number, object, RegExp]>([
      [400, { error: "invalid_scope", error_description: "no such scope" }, /^invalid_scope: no such scope$/],
      [401, { error: "invalid_client" }, /^invalid_client$/],
      [403, { error: "access_denied", error_description: "" }, /^access_denied$/],
      [429, { error: "slow_down" }, /^slow_down$/],
      [503, { error: "temporarily_unavailable" }, /^temporarily_unavailable$/],
      [
        400,
        { error: "invalid_grant", error_description: "Token revoked" },
        /^invalid_grant: Token revoked \(.*log in again/,
      ],
    ])("%d %j", async (status, answer, description) => {
      const token = await prepared("plain", [{ answer: { status, body: answer } }]);
      const refused = await exchangeOf(token);
      expect([refused.status, refused.body]).toEqual([
        status,
        { error: "oidc_error", error_description: expect.stringMatching(description) },
      ]);
      expect(await traceOf(token)).toEqual(NO_TRACE);
      expect((await exchangeOf(token)).status).toBe(200);
    });

    it("invalid_grant once and then a good answer: the login lives, and its date is cleared", async () => {
      const token = await prepared("plain", [{ answer: { status: 400, body: { error: "invalid_grant" } } }]);
      expect((await exchangeOf(token)).status).toBe(400);
      expect((await loginOf(token))["invalid_grant_since"]).toEqual(expect.any(Number));
      expect((await exchangeOf(token)).status).toBe(200);
      expect(await loginOf(token)).toMatchObject({ closed: null, invalid_grant_since: null });
    });

    it("a series of invalid_grant is dated by its first", async () => {
      const refusal = { answer: { status: 400, body: { error: "invalid_grant" } } };
      const token = await prepared("plain", [refusal, { answer: { status: 500, body: "<h1>Error</h1>" } }, refusal]);
      await exchangeOf(token);
      const { invalid_grant_since: first } = await loginOf(token);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      await exchangeOf(token);
      await exchangeOf(token);
      expect((await loginOf(token))["invalid_grant_since"]).toBe(first);
    });
  });

  describe("the refresh token", () => {
    it.each<[string, Step]>([
      ["missing", { drop: ["refresh_token"] }],
      ["null", { change: { refresh_token: null } }],
      ["empty", { change: { refresh_token: "" } }],
    ])("%s in the answer: the stored one stays", async (_name, step) => {
      const token = await prepared("plain", [step]);
      for (const round of [1, 2]) expect([round, (await exchangeOf(token)).status]).toEqual([round, 200]);
      expect(await versionOf(token)).toBe(1);
    });

    it("the same again: the stored one stays", async () => {
      const token = await countedToken("plain");
      const { current } = await familyOf(token);
      await scriptFor(token, [{ change: { refresh_token: current } }]);
      expect((await exchangeOf(token)).status).toBe(200);
      expect(await versionOf(token)).toBe(1);
    });

    it("rotated at each use: each one is stored, none is used twice", async () => {
      const token = await countedToken("rotating");
      for (const round of [1, 2, 3, 4]) expect([round, (await exchangeOf(token)).status]).toEqual([round, 200]);
      expect(await versionOf(token)).toBe(5);
      expect((await familyOf(token)).revoked).toBeNull();
    });

    it("rotated only from the sixth use on, where a second use of one revokes the login", async () => {
      const token = await countedToken("late");
      const versions: number[] = [];
      for (let round = 1; round <= 8; round++) {
        expect([round, (await exchangeOf(token)).status]).toEqual([round, 200]);
        versions.push(await versionOf(token));
      }
      expect(versions).toEqual([1, 1, 1, 1, 1, 2, 3, 4]);
      expect((await familyOf(token)).revoked).toBeNull();
    });

    it("new, and only after 8 s: 555 after 5 s, stored all the same, and the late access token is given to nobody", async () => {
      const token = await countedToken("plain");
      await scriptFor(token, [{ rotate: true, commit: true, delay: 8000 }]);
      const asked = Date.now();
      const { status } = await exchangeOf(token);
      const waited = Date.now() - asked;
      expect(status).toBe(555);
      expect(waited).toBeGreaterThan(4900);
      expect(waited).toBeLessThan(6500);
      expect(await traceOf(token)).toEqual(NO_TRACE);
      // The turn is still taken: who comes now waits, and is served by a refresh of its own with the new token.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect((await exchangeOf(token)).status).toBe(200);
      expect(await versionOf(token)).toBe(2);
      expect(await familyOf(token)).toMatchObject({ revoked: null, refreshes: 2 });
      expect(await traceOf(token)).toEqual({ uses: 1, accessTokens: 1 });
    }, 15_000);
  });

  describe("an odd 2xx answer with a new refresh token: it is stored, and the next exchange works", () => {
    it.each<[string, Step, number, object]>([
      ["expires_in as a text", { change: { expires_in: "1800" } }, 200, { expires_in: 1800 }],
      ["expires_in null", { change: { expires_in: null } }, 200, { expires_in: 0 }],
      ["expires_in senseless", { change: { expires_in: "soon" } }, 555, {}],
      ["token_type unknown", { change: { token_type: "mac" } }, 555, {}],
      ["token_type missing", { drop: ["token_type"] }, 200, { token_type: "Bearer" }],
      ["token_type in its own spelling", { change: { token_type: "bEARER" } }, 200, { token_type: "bEARER" }],
      ["scope as a list", { change: { scope: ["openid", "email"] } }, 200, { scope: "openid email" }],
      ["status 201", { status: 201 }, 200, {}],
      ["another content type", { type: "text/plain" }, 200, {}],
      ["id_token empty", { idToken: "empty" }, 200, {}],
      ["id_token expired", { idToken: "expired" }, 200, {}],
      ["id_token of another subject", { idToken: "other_subject" }, 555, {}],
      ["access_token missing", { drop: ["access_token"] }, 555, {}],
      ["an error beside it", { change: { error: "odd" } }, 200, {}],
    ])("%s", async (_name, step, status, members) => {
      const token = await prepared("plain", [{ ...step, rotate: true }]);
      const odd = await exchangeOf(token);
      expect([odd.status, odd.body]).toEqual([
        status,
        expect.objectContaining(
          status === 200 ? { access_token: expect.any(String), ...members } : { error: "oidc_error" },
        ),
      ]);
      expect(await usesOf(token)).toBe(status === 200 ? 1 : 0);
      expect(await versionOf(token)).toBe(2);
      const next = await exchangeOf(token);
      expect([next.status, (await familyOf(token)).revoked]).toEqual([200, null]);
    });
  });
});
