/** POST /api/v0/token/revoke (token-core §10): what ends, what does not, and what is an error. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { answerOf, type Answer, finish, poll as pollFrom, post, send, start } from "../fixtures/client.ts";
import { fakeIssuer, fakeLog, someUser } from "../fixtures/fake-control.ts";
import { holder } from "../fixtures/holder.ts";
import { exchangeOf, familyOf, loginOf, newToken, type TestToken } from "../fixtures/tokens.ts";
import { elsewhere, later } from "../storage/inside.ts";
import {
  areAlive,
  forged,
  historyOf,
  INVALID_TOKEN,
  parentToken,
  revoke,
  rowOf,
  subtokenOf,
  successorIn,
} from "./family.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const PATH = "/api/v0/token/revoke";
const ALL = ["AT", "tokeninfo", "create_mytoken", "manage_mytokens"];
const UNKNOWN_MOM_ID = "A".repeat(22);

function byMomId(token: TestToken, momId: string, request: object = {}): Promise<Answer> {
  return post(PATH, { token: token.text, mom_id: momId, ...request }, token.from);
}

describe("by its own text", () => {
  it("needs no capability, no clause and no use; again is 204", async () => {
    const token = await newToken("plain", { capabilities: ["AT"], restrictions: [{ usages_other: 0, usages_AT: 0 }] });
    expect(await revoke(token, false)).toMatchObject({ status: 204, body: {} });
    expect(await revoke(token, false)).toMatchObject({ status: 204 });
    expect(await exchangeOf(token)).toMatchObject(INVALID_TOKEN);
  });

  it("revokes the refresh token at the provider with the last of the family, and deletes it", async () => {
    const root = await parentToken("plain");
    const child = await subtokenOf(root);
    expect((await revoke(root, false)).status).toBe(204);
    expect((await exchangeOf(child)).status).toBe(200);
    expect((await familyOf(root)).revoked).toBeNull();
    expect((await revoke(child, false)).status).toBe(204);
    expect((await familyOf(root)).revoked).toBe("revoked by the client");
    expect(await loginOf(root)).toMatchObject({ sealed_refresh_token: null });
    const { requests } = await fakeLog(root.trait, root.user);
    const sent = requests.filter(({ endpoint }) => endpoint === "revoke");
    expect(sent.map(({ form }) => form["token_type_hint"])).toEqual([["refresh_token"]]);
  });

  it("deletes it also where the provider has no revocation endpoint", async () => {
    const token = await newToken("norevocation");
    expect((await revoke(token, true)).status).toBe(204);
    expect(await loginOf(token)).toMatchObject({ closed: expect.any(Number), sealed_refresh_token: null });
  });

  it.each<[string, (text: string) => BodyInit, string]>([
    ["a form", (token) => new URLSearchParams({ token, token_type_hint: "refresh_token", client_id: "x" }), ""],
    ["a form whose recursive is text", (token) => new URLSearchParams({ token, recursive: "true" }), ""],
    [
      "JSON with names in other letter case",
      (token) => JSON.stringify({ ToKeN: token, RECURSIVE: false }),
      "application/json",
    ],
    [
      "JSON with null and unknown members",
      (token) => JSON.stringify({ token, mom_id: null, x: 1 }),
      "application/json",
    ],
    [
      "JSON with an empty mom_id",
      (token) => JSON.stringify({ token, mom_id: "", oidc_issuer: "" }),
      "application/json",
    ],
  ])("in %s", async (_, bodyOf, type) => {
    const token = await newToken("plain");
    const headers: HeadersInit = type === "" ? {} : { "Content-Type": type };
    const answer = await send(PATH, { method: "POST", body: bodyOf(token.text), headers }, token.from);
    expect([answer.status, await answer.text()]).toEqual([204, ""]);
    expect(await exchangeOf(token)).toMatchObject(INVALID_TOKEN);
  });

  it("of the cookie, which is taken away; with a token in the body the cookie does not count", async () => {
    const [token, other] = [await newToken("plain"), await newToken("plain")];
    const withCookie = (body: object) =>
      send(PATH, {
        method: "POST",
        body: JSON.stringify(body),
        headers: { "Content-Type": "application/json", Cookie: `mytoken=${token.text}` },
      });
    const both = await withCookie({ token: other.text });
    expect([both.status, both.headers.get("Set-Cookie")]).toEqual([204, null]);
    expect((await exchangeOf(token)).status).toBe(200);
    const own = await withCookie({ recursive: true });
    expect([own.status, own.headers.get("Set-Cookie")]).toEqual([
      204,
      expect.stringMatching(/^mytoken=;.*Path=\/api/i),
    ]);
    expect(await exchangeOf(token)).toMatchObject(INVALID_TOKEN);
  });

  it.each<[string, (token: TestToken) => Promise<string>]>([
    ["garbage", () => Promise.resolve("x".repeat(100))],
    ["a changed signature", ({ text }) => Promise.resolve(`${text.slice(0, -4)}AAAA`)],
    ["another text with its number", (token) => forged(token, { iat: 1 })],
    ["a number from the future", (token) => forged(token, { seq_no: 9 })],
    ["an unknown short token", () => Promise.resolve(`mts_${"a".repeat(60)}`)],
    ["an unknown code", () => Promise.resolve("ABCDEFGH")],
  ])("%s is 204 and ends nothing", async (_, textOf) => {
    const token = await newToken("plain", { rotation: { on_AT: true, auto_revoke: true } });
    expect((await post(PATH, { token: await textOf(token), recursive: true }, elsewhere())).status).toBe(204);
    expect((await exchangeOf(token)).status).toBe(200);
  });

  it.each<[string, object]>([
    ["no token at all", {}],
    ["an empty one", { token: "" }],
    ["null", { token: null }],
    ["a number", { token: 5 }],
    ["mom_id as a list", { token: "x".repeat(40), mom_id: ["x"] }],
    ["recursive as text", { token: "x".repeat(40), recursive: "yes" }],
  ])("%s is 400", async (_, body) => {
    expect(await post(PATH, body, elsewhere())).toMatchObject({
      status: 400,
      body: { error: "invalid_request", error_description: expect.any(String) },
    });
  });

  it("naming another provider is 400, and ends nothing", async () => {
    const token = await newToken("plain");
    const answer = await post(PATH, { token: token.text, oidc_issuer: fakeIssuer("never") }, token.from);
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect((await exchangeOf(token)).status).toBe(200);
  });

  it("outdated: 204 without effect, auto_revoke honoured", async () => {
    const mild = await newToken("plain", { rotation: { on_AT: true } });
    const third = successorIn(await exchangeOf(successorIn(await exchangeOf(mild), mild)), mild);
    expect((await revoke(mild, true)).status).toBe(204);
    expect((await exchangeOf(third)).status).toBe(200);

    const strict = await parentToken("plain", { rotation: { on_AT: true, auto_revoke: true } });
    const child = await subtokenOf(strict);
    const last = successorIn(await exchangeOf(successorIn(await exchangeOf(strict), strict)), strict);
    expect((await revoke(strict, false)).status).toBe(204);
    expect(await exchangeOf(last)).toMatchObject(INVALID_TOKEN);
    expect(await exchangeOf(child)).toMatchObject(INVALID_TOKEN);
  });
});

describe("by mom_id", () => {
  it("what is below, at any depth, needs no capability; one event, and the rest lives", async () => {
    const root = await parentToken("plain");
    const child = await subtokenOf(root);
    const grandchild = await subtokenOf(child);
    expect((await byMomId(root, grandchild.momId)).status).toBe(204);
    expect(await areAlive([root, child, grandchild])).toEqual([true, true, false]);
    expect((await historyOf(root)).at(-1)).toEqual({
      event: "revoked_other_token",
      comment: `mom_id: ${grandchild.momId}`,
    });
  });

  it.each(["mom_id", "momid", "MOM_ID"])("in a form, spelled %s", async (name) => {
    const root = await parentToken("plain");
    const child = await subtokenOf(root);
    const body = new URLSearchParams({ token: root.text, [name]: child.momId, recursive: "1" });
    expect((await send(PATH, { method: "POST", body }, root.from)).status).toBe(204);
    expect(await areAlive([root, child])).toEqual([true, false]);
  });

  it("what is below a token that is dead already", async () => {
    const root = await parentToken("plain");
    const child = await subtokenOf(root);
    const grandchild = await subtokenOf(child);
    expect((await byMomId(root, child.momId)).status).toBe(204);
    expect((await byMomId(root, grandchild.momId)).status).toBe(204);
    expect(await areAlive([child, grandchild])).toEqual([false, false]);
  });

  it("itself: 204, with all below if it says so", async () => {
    const root = await parentToken("plain", { rotation: { on_other: true } });
    const child = successorIn(
      await post("/api/v0/token/my", { grant_type: "mytoken", mytoken: root.text }, root.from),
      root,
    );
    expect((await byMomId(child, root.momId, { recursive: true })).status).toBe(204);
    expect(await exchangeOf(child)).toMatchObject(INVALID_TOKEN);
    expect((await familyOf(root)).revoked).toBe("revoked by the client");
  });

  it("another token of the user, of another login: with manage_mytokens:revoke only", async () => {
    const user = someUser();
    const [one, two, manager] = [
      await holder({ capabilities: ["AT", "create_mytoken"] }, user),
      await holder({ capabilities: ["AT"] }, user),
      await holder({ capabilities: ["manage_mytokens:revoke"] }, user),
    ];
    const ask = (token: { text: string }) => post(PATH, { token: token.text, mom_id: two.momId }, elsewhere());
    expect(await ask(one)).toMatchObject({ status: 403, body: { error: "insufficient_capabilities" } });
    expect((await exchangeText(two.text)).status).toBe(200);
    expect((await ask(manager)).status).toBe(204);
    expect(await exchangeText(two.text)).toMatchObject(INVALID_TOKEN);
    expect((await fakeLog("plain", user)).families.map(({ revoked }) => revoked)).toEqual([null, null, null]);
  });

  it("above itself: not without the capability", async () => {
    const root = await parentToken("plain");
    const child = await subtokenOf(root);
    expect(await byMomId(child, root.momId)).toMatchObject({
      status: 403,
      body: { error: "insufficient_capabilities" },
    });
    expect(await areAlive([root, child])).toEqual([true, true]);
  });

  it("somebody else's, an unknown, a dead one and one in other letter case cannot be told apart", async () => {
    const user = someUser();
    const stranger = await holder({ capabilities: ["AT"] });
    const dead = await holder({ capabilities: ["AT"] }, user);
    const live = await holder({ capabilities: ["AT"] }, user);
    await post(PATH, { token: dead.text }, elsewhere());
    const otherCase = live.momId === live.momId.toUpperCase() ? live.momId.toLowerCase() : live.momId.toUpperCase();
    for (const capability of ["manage_mytokens:revoke", "AT"]) {
      const asker = await holder({ capabilities: [capability] }, user);
      const answers: string[] = [];
      for (const momId of [stranger.momId, UNKNOWN_MOM_ID, dead.momId, otherCase, "x", "../x"]) {
        const { status, body } = await post(PATH, { token: asker.text, mom_id: momId }, elsewhere());
        expect(status).toBe(403);
        answers.push(JSON.stringify(body).replaceAll(momId, "…"));
      }
      expect(new Set(answers).size).toBe(1);
    }
    expect((await exchangeText(stranger.text)).status).toBe(200);
    expect((await exchangeText(live.text)).status).toBe(200);
  });

  it("stands above restrictions and charges nothing; rotates with on_other, and then is 200", async () => {
    const root = await parentToken("plain", { capabilities: ALL, rotation: { on_other: true } });
    const made = await post("/api/v0/token/my", { grant_type: "mytoken", mytoken: root.text }, root.from);
    const next = successorIn(made, root);
    const answer = await byMomId(next, String(made.body["mom_id"]));
    expect([answer.status, Object.keys(answer.body)]).toEqual([200, ["token_update"]]);
    expect((await exchangeOf(successorIn(answer, root))).status).toBe(200);

    const restricted = await parentToken("plain", { restrictions: [{ usages_other: 1 }] });
    const child = await subtokenOf(restricted);
    expect((await byMomId(restricted, child.momId)).status).toBe(204);
  });

  it.each<[string, (token: TestToken) => Promise<string>, number, string]>([
    ["garbage", () => Promise.resolve("x".repeat(100)), 400, "invalid_request"],
    ["a code", () => Promise.resolve("ABCDEFGH"), 400, "invalid_request"],
    ["a changed signature", ({ text }) => Promise.resolve(`${text.slice(0, -4)}AAAA`), 400, "invalid_request"],
    ["another text with its number", (token) => forged(token, { iat: 1 }), 401, "invalid_token"],
    ["a token that never was", (token) => forged(token, { jti: crypto.randomUUID() }), 401, "invalid_token"],
  ])("authorised by %s: nothing ends", async (_, textOf, status, error) => {
    const root = await parentToken("plain");
    const child = await subtokenOf(root);
    const answer = await post(PATH, { token: await textOf(root), mom_id: child.momId }, elsewhere());
    expect(answer).toMatchObject({ status, body: { error } });
    expect(await areAlive([root, child])).toEqual([true, true]);
  });

  it("authorised by an outdated or a revoked token: 401; by an expired one: 400", async () => {
    const root = await parentToken("plain", { rotation: { on_AT: true }, restrictions: [{ exp: "+1h" }] });
    const child = await subtokenOf(root);
    const last = successorIn(await exchangeOf(successorIn(await exchangeOf(root), root)), root);
    expect(await byMomId(root, child.momId)).toMatchObject(INVALID_TOKEN);
    expect((await exchangeOf(child)).status).toBe(200);
    expect((await revoke(last, false)).status).toBe(204);
    expect(await byMomId(last, child.momId)).toMatchObject(INVALID_TOKEN);
    expect((await exchangeOf(child)).status).toBe(200);
    later(3605);
    expect(await byMomId(last, child.momId)).toMatchObject({ status: 400 });
  });
});

describe("of a polling code", () => {
  it("a login that waits ends: approving is 404, polling 401, and again is 204", async () => {
    const from = elsewhere();
    const flow = await start({ from });
    for (const _ of [1, 2]) expect((await post(PATH, { token: flow.pollingCode }, elsewhere())).status).toBe(204);
    const approval = { oidc_issuer: fakeIssuer("plain"), capabilities: ["AT"], restrictions: [] };
    expect((await post(flow.consentPath, approval, from)).status).toBe(404);
    expect(await pollFrom(flow, elsewhere())).toMatchObject(INVALID_TOKEN);
  });

  it("a finished login ends with its grant; one that was collected lives on", async () => {
    const from = elsewhere();
    const flow = await start({ from });
    await finish(flow, { from });
    expect((await post(PATH, { token: flow.pollingCode }, elsewhere())).status).toBe(204);
    expect((await pollFrom(flow, elsewhere())).status).toBe(401);

    const second = await start({ from });
    await finish(second, { from });
    const { body } = await pollFrom(second, from);
    expect((await post(PATH, { token: second.pollingCode }, elsewhere())).status).toBe(204);
    expect((await exchangeText(String(body["mytoken"]))).status).toBe(200);
  });
});

it("cleaning up is told by alarm and needs nobody: the row of a revoked child holds no key", async () => {
  const root = await parentToken("plain");
  const child = await subtokenOf(root);
  expect((await revoke(root, true)).status).toBe(204);
  await vi.waitFor(async () => {
    expect(await rowOf(child)).toMatchObject({ state: "ended", wrapped_key: null });
  });
  expect(await env.GRANT.getByName(root.grantId).isAlive(child.momId)).toBe(false);
});

async function exchangeText(text: string): Promise<Answer> {
  const body = JSON.stringify({ grant_type: "mytoken", mytoken: text });
  const headers = { "Content-Type": "application/json" };
  return answerOf(await send("/api/v0/token/access", { method: "POST", body, headers }, elsewhere()));
}
