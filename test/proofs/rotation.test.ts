/** Invariant 2 and what a holder sees of rotation: one successor, its form, its end, and who is told. */
import { afterEach, describe, expect, it, vi } from "vitest";
import { answerOf, send } from "../fixtures/client.ts";
import { exchangeOf, loginOf, newToken, type TestToken, usesOf } from "../fixtures/tokens.ts";
import { later } from "../storage/inside.ts";
import {
  areAlive,
  askSubtoken,
  claimsOf,
  forged,
  INVALID_TOKEN,
  parallel,
  parentToken,
  presenting,
  rowOf,
  sleep,
  slowCrypto,
  subtokenOf,
  successorIn,
  tally,
  updateOf,
} from "./family.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const ON_AT = { on_AT: true, auto_revoke: true };

describe("64 parallel uses of one rotating token", () => {
  it("give 64 access tokens, one successor and no dead family, generation after generation", async () => {
    let token = await parentToken("plain", { rotation: ON_AT });
    const child = await subtokenOf(token);
    for (let seqNo = 2; seqNo <= 11; seqNo++) {
      const answers = await parallel(64, () => exchangeOf(token));
      expect([seqNo, tally(answers)]).toEqual([seqNo, { 200: 64 }]);
      const successors = new Set(answers.map((answer) => updateOf(answer)["mytoken"]));
      expect(successors.size).toBe(1);
      token = successorIn(answers[0]!, token);
      expect([claimsOf(token).seq_no, await rowOf(token)]).toEqual([seqNo, expect.objectContaining({ seq_no: seqNo })]);
    }
    expect(await areAlive([token, child])).toEqual([true, true]);
    expect((await exchangeOf(child)).status).toBe(200);
  }, 30_000);

  it("give one successor also if signing and sealing take their time, and each use its own", async () => {
    let calls = 0;
    const slow = slowCrypto(() => sleep((calls += 1) % 7));
    let token = await newToken("plain", { rotation: ON_AT });
    for (let seqNo = 2; seqNo <= 5; seqNo++) {
      const answers = await parallel(16, () => exchangeOf(token));
      expect([seqNo, tally(answers)]).toEqual([seqNo, { 200: 16 }]);
      expect(new Set(answers.map((answer) => updateOf(answer)["mytoken"])).size).toBe(1);
      token = successorIn(answers[0]!, token);
      expect(await rowOf(token)).toMatchObject({ seq_no: seqNo, state: "live" });
    }
    expect(slow).toHaveBeenCalled();
    expect((await exchangeOf(token)).status).toBe(200);
  }, 30_000);

  it("presented as short token: one generation, and every short token that came back stands for it", async () => {
    const root = await parentToken("plain");
    const token = await subtokenOf(root, { rotation: ON_AT, response_type: "short_token" });
    const answers = await parallel(64, () => exchangeOf(token));
    expect(tally(answers)).toEqual({ 200: 64 });
    expect(await rowOf(token)).toMatchObject({ seq_no: 2, state: "live" });
    const updates = answers.map((answer) => String(updateOf(answer)["mytoken"]));
    expect(updates.every((text) => text.startsWith("mts_"))).toBe(true);
    // Each of them is the current generation: used at once, they make the one next.
    const next = await parallel(8, (index) => exchangeOf(presenting(token, updates[index]!)));
    expect(tally(next)).toEqual({ 200: 8 });
    expect(await rowOf(token)).toMatchObject({ seq_no: 3, state: "live" });
  });

  it("for other uses: one successor, and every subtoken that was answered is alive", async () => {
    const token = await parentToken("plain", { rotation: { on_other: true, auto_revoke: true } });
    const answers = await parallel(16, () => askSubtoken(token));
    expect(tally(answers)).toEqual({ 200: 16 });
    expect(new Set(answers.map((answer) => updateOf(answer)["mytoken"])).size).toBe(1);
    expect(await rowOf(token)).toMatchObject({ seq_no: 2, state: "live" });
    const children = answers.map(({ body }) => presenting(token, String(body["mytoken"]), String(body["mom_id"])));
    expect(new Set(await areAlive(children))).toEqual(new Set([true]));
  });
});

describe("a token rotates", () => {
  it("on access tokens only if it says on_AT, on other uses only if it says on_other", async () => {
    const onAT = await parentToken("plain", { rotation: { on_AT: true } });
    expect(updateOf(await askSubtoken(onAT))).toEqual({});
    expect(updateOf(await exchangeOf(onAT))).not.toEqual({});
    const onOther = await parentToken("plain", { rotation: { on_other: true } });
    expect(updateOf(await exchangeOf(onOther))).toEqual({});
    expect(updateOf(await askSubtoken(onOther))).not.toEqual({});
    expect(updateOf(await exchangeOf(await parentToken("plain", { rotation: { auto_revoke: true } })))).toEqual({});
  });

  it("not if the use was refused", async () => {
    const token = await newToken("plain", { rotation: ON_AT, restrictions: [{ scope: "storage.read" }] });
    expect((await exchangeOf(token, { scope: "storage.write" })).status).toBe(403);
    expect((await askSubtoken(token)).status).toBe(403);
    expect(await rowOf(token)).toMatchObject({ seq_no: 1 });
  });

  it("keeping its name, its place, its counters and its clauses", async () => {
    const token = await newToken("plain", { rotation: ON_AT, restrictions: [{ usages_AT: 9 }], name: "cron" });
    const answer = await exchangeOf(token);
    const successor = successorIn(answer, token);
    const { seq_no, iat, nbf, ...same } = claimsOf(token);
    expect(claimsOf(successor)).toEqual({
      ...same,
      seq_no: seq_no + 1,
      iat: expect.any(Number),
      nbf: expect.any(Number),
    });
    expect(claimsOf(successor).iat).toBeGreaterThanOrEqual(iat);
    expect(claimsOf(successor).nbf).toBe(claimsOf(successor).iat);
    expect(nbf).toBe(iat);
    expect(updateOf(answer)).toEqual({
      mytoken: successor.text,
      mytoken_type: "token",
      mom_id: token.momId,
      capabilities: ["AT", "tokeninfo"],
      rotation: ON_AT,
      restrictions: [{ usages_AT: 9 }],
    });
    await exchangeOf(successor);
    expect(await usesOf(token)).toBe(2);
  });
});

describe("token_update", () => {
  it("has the form that was presented: a JWT for a JWT, a short token for a short token", async () => {
    const root = await parentToken("plain");
    const short = await subtokenOf(root, { rotation: ON_AT, response_type: "short_token" });
    expect(updateOf(await exchangeOf(short))).toMatchObject({
      mytoken: expect.stringMatching(/^mts_[0-9A-Za-z]{60}$/),
      mytoken_type: "short_token",
      mom_id: short.momId,
    });
    const long = await subtokenOf(root, { rotation: ON_AT });
    expect(updateOf(await exchangeOf(long))).toMatchObject({
      mytoken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      mytoken_type: "token",
    });
  });

  it("is also the top-level refresh_token of grant_type=refresh_token, and of no other", async () => {
    const token = await newToken("plain", { rotation: ON_AT });
    const asOAuth = await answerOf(
      await send(
        "/api/v0/token/access",
        { method: "POST", body: new URLSearchParams({ grant_type: "refresh_token", refresh_token: token.text }) },
        token.from,
      ),
    );
    expect(asOAuth).toMatchObject({ status: 200, body: { refresh_token: updateOf(asOAuth)["mytoken"] } });
    const asMytoken = await exchangeOf(successorIn(asOAuth, token));
    expect(asMytoken.status).toBe(200);
    expect(updateOf(asMytoken)).toMatchObject({ mytoken: expect.any(String) });
    expect(asMytoken.body).not.toHaveProperty("refresh_token");
  });

  it("does not come for a token that does not rotate: then there is no refresh_token either", async () => {
    const token = await newToken("plain");
    const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: token.text });
    const answer = await answerOf(await send("/api/v0/token/access", { method: "POST", body }, token.from));
    expect(answer.status).toBe(200);
    expect(answer.body).not.toHaveProperty("refresh_token");
    expect(answer.body).not.toHaveProperty("token_update");
  });

  /** An exchange whose token stands in a header. */
  function withHeader(token: TestToken, headers: Record<string, string>): Promise<Response> {
    const init = { method: "POST", body: JSON.stringify({ grant_type: "mytoken" }) };
    return send(
      "/api/v0/token/access",
      { ...init, headers: { "Content-Type": "application/json", ...headers } },
      token.from,
    );
  }

  it("goes into the cookie only if the cookie authorised the request (QUIRK-19)", async () => {
    const token = await newToken("plain", { rotation: ON_AT });
    const byCookie = await withHeader(token, { Cookie: `mytoken=${token.text}` });
    const setCookie = byCookie.headers.get("Set-Cookie") ?? "";
    const second = successorIn(await answerOf(byCookie), token);
    expect(setCookie).toContain(`mytoken=${second.text};`);
    for (const attribute of ["HttpOnly", "SameSite=Strict", "Path=/api", "Max-Age=604800"]) {
      expect(setCookie).toContain(attribute);
    }

    const byBearer = await withHeader(second, {
      Authorization: `Bearer ${second.text}`,
      Cookie: `mytoken=${second.text}`,
    });
    expect(byBearer.headers.has("Set-Cookie")).toBe(false);
    const third = successorIn(await answerOf(byBearer), token);
    const byBody = await exchangeOf(third);
    expect(byBody.headers.has("Set-Cookie")).toBe(false);
    expect(byBody.status).toBe(200);
  });

  it("sets no cookie for a token that does not rotate, even if the cookie authorised", async () => {
    const token = await newToken("plain");
    const answer = await withHeader(token, { Cookie: `mytoken=${token.text}` });
    expect([answer.status, answer.headers.has("Set-Cookie")]).toEqual([200, false]);
  });
});

describe("lifetime", () => {
  it("an idle token past rotation.lifetime is rejected, but that is no reuse: what is below it lives", async () => {
    const token = await parentToken("plain", { rotation: { ...ON_AT, lifetime: 100 } });
    expect(claimsOf(token)).not.toHaveProperty("exp");
    const child = await subtokenOf(token);
    later(101);
    expect(await exchangeOf(token)).toMatchObject(INVALID_TOKEN);
    expect((await exchangeOf(token)).body["error_description"]).toContain("expired");
    expect((await exchangeOf(child)).status).toBe(200);
    expect(await areAlive([child])).toEqual([true]);
    expect((await rowOf(token))["ended_by"]).not.toBe("reused");
  });

  it("an outdated text past the lifetime of the present generation kills nothing either", async () => {
    const token = await parentToken("plain", { rotation: { ...ON_AT, lifetime: 100 } });
    const child = await subtokenOf(token);
    expect((await exchangeOf(token)).status).toBe(200);
    later(200);
    expect(await exchangeOf(token)).toMatchObject(INVALID_TOKEN);
    expect((await exchangeOf(child)).status).toBe(200);
  });

  it("each use renews it", async () => {
    let token = await newToken("plain", { rotation: { ...ON_AT, lifetime: 100 } });
    for (const round of [1, 2, 3]) {
      later(80);
      const answer = await exchangeOf(token);
      expect([round, answer.status]).toEqual([round, 200]);
      expect(updateOf(answer)["expires_in"]).toBe(100);
      token = successorIn(answer, token);
      expect(claimsOf(token).exp).toBe(claimsOf(token).iat + 100);
    }
    later(101);
    expect(await exchangeOf(token)).toMatchObject(INVALID_TOKEN);
  });

  it.each([
    ["the clauses' end comes first", 1000, "+300", 300],
    ["the lifetime ends first", 200, "+5000", 200],
  ])("exp of a successor is the earlier of lifetime and restrictions: %s", async (_name, lifetime, exp, seconds) => {
    const token = await newToken("plain", { rotation: { on_AT: true, lifetime }, restrictions: [{ exp }] });
    const clauseEnd = claimsOf(token).restrictions![0]!.exp!;
    // The first generation says what its clauses say.
    expect(claimsOf(token).exp).toBe(clauseEnd);
    const { iat, exp: end } = claimsOf(successorIn(await exchangeOf(token), token));
    expect(end).toBe(seconds === 300 ? clauseEnd : iat + 200);
  });
});

describe("a text that was never issued, signed with our own key", () => {
  it.each([
    ["a seq_no from the future", { seq_no: 2 }],
    ["a seq_no from a far future", { seq_no: 4711 }],
    ["the present seq_no with other claims", { capabilities: ["AT", "settings"] }],
    ["the present seq_no and claims, signed again", {}],
  ])("%s is 401 and kills nothing", async (_name, changes) => {
    const token = await parentToken("plain", { rotation: ON_AT });
    const child = await subtokenOf(token);
    const text = await forged(token, changes);
    expect(text).not.toBe(token.text);
    expect(await exchangeOf(presenting(token, text))).toMatchObject(INVALID_TOKEN);
    expect(await askSubtoken(presenting(token, text))).toMatchObject(INVALID_TOKEN);
    expect(await areAlive([token, child])).toEqual([true, true]);
    expect(await rowOf(token)).toMatchObject({ state: "live", seq_no: 1 });
    expect((await exchangeOf(token)).status).toBe(200);
  });

  it("after a rotation too: neither a third generation nor another second one", async () => {
    const token = await parentToken("plain", { rotation: ON_AT });
    const second = successorIn(await exchangeOf(token), token);
    for (const changes of [{ seq_no: 3 }, { name: "other" }]) {
      expect(await exchangeOf(presenting(token, await forged(second, changes)))).toMatchObject(INVALID_TOKEN);
    }
    expect((await exchangeOf(second)).status).toBe(200);
    expect((await loginOf(token))["closed"]).toBeNull();
  });
});
