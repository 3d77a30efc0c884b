/** POST /api/v0/tokeninfo: introspection, and what all actions have in common (extended §2, golden 08). */
import { afterEach, describe, expect, it, vi } from "vitest";
import { answerOf, exchange, login, post, send } from "../fixtures/client.ts";
import { directoryAway, history, holder, info, subtoken, successor } from "../fixtures/holder.ts";
import { send as sendWith } from "../http/worker.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const INSUFFICIENT = {
  status: 403,
  body: {
    error: "insufficient_capabilities",
    error_description: "The provided token does not have the required capability for this operation",
  },
};

function raw(body: string, headers: Record<string, string> = {}) {
  return send("/api/v0/tokeninfo", { method: "POST", body, headers }).then(answerOf);
}

describe("introspect", () => {
  it("shows every claim, and how much of each clause is used once there was any use", async () => {
    const restrictions = [{ usages_AT: 2, usages_other: 5 }, { scope: "openid" }];
    const capabilities = ["AT", "tokeninfo"];
    const token = await holder({ capabilities, restrictions, rotation: { lifetime: 600 }, name: "laptop" });
    const unused = await info(token, "introspect");
    expect(unused).toMatchObject({
      status: 200,
      body: {
        valid: true,
        mom_id: token.momId,
        token_type: "token",
        token: {
          ver: "0.7",
          token_type: "mytoken",
          seq_no: 1,
          name: "laptop",
          oidc_sub: token.user,
          capabilities,
          rotation: { lifetime: 600 },
          jti: expect.stringMatching(/^[0-9a-f-]{36}$/),
        },
      },
    });
    expect(unused.body).not.toHaveProperty("tags");
    expect((unused.body["token"] as Record<string, unknown>)["restrictions"]).toEqual(restrictions);
    expect((await exchange(token.text, {}, token.from)).status).toBe(200);
    expect((await info(token, "introspect")).body["token"]).toMatchObject({
      restrictions: [{ ...restrictions[0], usages_AT_done: 1, usages_other_done: 0 }, restrictions[1]],
    });
    await info(token, "event_history");
    expect((await info(token, "introspect")).body["token"]).toMatchObject({
      restrictions: [{ ...restrictions[0], usages_AT_done: 1, usages_other_done: 1 }, restrictions[1]],
    });
  });

  it("looks at no restriction, charges and rotates nothing, and is logged", async () => {
    const restrictions = [{ usages_other: 0, hosts: ["192.0.2.77"] }];
    const token = await holder({ capabilities: ["tokeninfo"], restrictions, rotation: { on_other: true } });
    const { status, body } = await info(token, "introspect");
    expect(status).toBe(200);
    expect(body["token"]).toMatchObject({ seq_no: 1, restrictions });
    expect(JSON.stringify(body)).not.toContain("usages_other_done");
    expect(body).not.toHaveProperty("token_update");
    const manager = await holder({ capabilities: ["manage_mytokens:history"] }, token.user);
    expect((await history(manager, [token.momId]))[0]).toMatchObject({ event: "tokeninfo_introspect" });
  });

  it("says in which form the token came", async () => {
    const parent = await holder({ capabilities: ["tokeninfo", "create_mytoken"] });
    const short = await subtoken(parent, { response_type: "short_token" });
    const { body } = await info(short, "introspect");
    expect(body).toMatchObject({ token_type: "short_token", mom_id: short.momId, token: { seq_no: 1 } });
  });

  it("goes on without D1, and says nothing of tags then", async () => {
    const token = await holder({ capabilities: ["tokeninfo", "tokeninfo:tags"] });
    expect((await post("/api/v0/token/my/tags", { mytoken: token.text, tag: "x" }, token.from)).status).toBe(204);
    const tags = [{ tag: "x", color: expect.any(String), include_children: false }];
    expect((await info(token, "introspect")).body["tags"]).toEqual(tags);
    directoryAway();
    const { status, body } = await info(token, "introspect");
    expect(status).toBe(200);
    expect(body).not.toHaveProperty("tags");
  });

  it("works for the predecessor within the grace, and hands out nothing", async () => {
    const restrictions = [{ usages_other: 9 }];
    const token = await holder({ capabilities: ["tokeninfo"], restrictions, rotation: { on_other: true } });
    const answer = await info(token, "event_history");
    const old = await info(token, "introspect");
    expect(old).toMatchObject({ status: 200, body: { token: { seq_no: 1 } } });
    expect(old.body).not.toHaveProperty("token_update");
    expect((await info(successor(token, answer), "introspect")).body["token"]).toMatchObject({ seq_no: 2 });
    expect(await info(token, "introspect")).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });

  it("is 401 for whom nothing is left: revoked, expired, forged", async () => {
    const exp = Math.floor(Date.now() / 1000) + 100;
    const token = await holder({ restrictions: [{ exp }] });
    const [head, payload, signature] = token.text.split(".");
    const forged = { ...token, text: [head, payload, signature?.split("").toReversed().join("")].join(".") };
    expect(await info(forged, "introspect")).toMatchObject({ status: 401, body: { error: "invalid_token" } });
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime((exp + 1) * 1000);
    expect(await info(token, "introspect")).toMatchObject({ status: 401, body: { error: "invalid_token" } });
    vi.useRealTimers();
    const other = await holder();
    await post("/api/v0/token/revoke", { token: other.text }, other.from);
    expect(await info(other, "introspect")).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });
});

describe("a request", () => {
  it("may have its token in the body, as Bearer or in the cookie, and any content type", async () => {
    const { text, from } = await holder();
    for (const [name, value] of [
      ["Authorization", `Bearer ${text}`],
      ["Cookie", `mytoken=${text}`],
    ] as const) {
      const answer = await post("/api/v0/tokeninfo", { action: "introspect" }, from, { [name]: value });
      expect(answer).toMatchObject({ status: 200 });
    }
    const form = { "Content-Type": "application/x-www-form-urlencoded" };
    expect(await raw(JSON.stringify({ Action: "introspect", MyToken: text }), form)).toMatchObject({ status: 200 });
    expect(await raw("null", { Authorization: `Bearer ${text}` })).toMatchObject({ status: 200 });
  });

  it("without an action is an introspection", async () => {
    const { text, from } = await holder();
    expect(await post("/api/v0/tokeninfo", { mytoken: text }, from)).toMatchObject({
      status: 200,
      body: { valid: true },
    });
  });

  it.each([
    [{ action: "" }, "value '' not valid for TokeninfoAction"],
    [{ action: null }, "value '' not valid for TokeninfoAction"],
    [{ action: "fly" }, "value 'fly' not valid for TokeninfoAction"],
    [{ action: "Introspect" }, "value 'Introspect' not valid for TokeninfoAction"],
    [{ action: "constructor" }, "value 'constructor' not valid for TokeninfoAction"],
    [{ action: "x".repeat(1000) }, `value '${"x".repeat(64)}' not valid for TokeninfoAction`],
    [{ action: 5 }, "action: expected string"],
    [{ action: "event_history", mom_ids: "this" }, "mom_ids: expected Array"],
    [{ action: "event_history", mom_ids: [5] }, "mom_ids.0: expected string"],
    [{ action: "introspect", mytoken: "x" }, "token not valid"],
    [{ action: "introspect", mytoken: "" }, "token not valid"],
  ])("%j is 400", async (body, description) => {
    const answer = await post("/api/v0/tokeninfo", body);
    expect(answer).toMatchObject({
      status: 400,
      body: { error: "invalid_request", error_description: description },
    });
  });

  it.each(["", "[]", "abc", "5"])("with the body %j is 400", async (body) => {
    expect(await raw(body)).toMatchObject({ status: 400, body: { error: "invalid_request" } });
  });

  it("without a token, or with one that is none of ours, is 401", async () => {
    expect(await post("/api/v0/tokeninfo", { action: "introspect" })).toMatchObject({
      status: 401,
      body: { error: "invalid_token", error_description: "no mytoken found in request" },
    });
    const stranger = { action: "introspect", mytoken: "x".repeat(40) };
    expect(await post("/api/v0/tokeninfo", stranger)).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });

  it("by another method is 404", async () => {
    expect((await send("/api/v0/tokeninfo")).status).toBe(404);
  });

  it("for an action that is switched off is 400, and 404 where all are", async () => {
    const init = { method: "POST", body: '{"action":"event_history"}' };
    const some = await sendWith("/api/v0/tokeninfo", init, { TOKENINFO_ACTIONS: '["introspect"]' });
    expect(await answerOf(some)).toMatchObject({
      status: 400,
      body: { error: "invalid_request", error_description: "value 'event_history' not valid for TokeninfoAction" },
    });
    const none = await sendWith("/api/v0/tokeninfo", init, { TOKENINFO_ACTIONS: "[]" });
    expect(await answerOf(none)).toMatchObject({ status: 404, body: { error: "not_found" } });
  });
});

it.each([
  ["introspect", "tokeninfo:history"],
  ["event_history", "tokeninfo:introspect"],
  ["subtokens", "tokeninfo:history"],
  ["list_mytokens", "tokeninfo"],
  ["notifications", "tokeninfo:history"],
])("%s is not for who may only %s", async (action, capability) => {
  expect(await info(await holder({ capabilities: [capability] }), action)).toMatchObject(INSUFFICIENT);
});

it.each([
  ["event_history", "tokeninfo:history"],
  ["subtokens", "tokeninfo:subtokens"],
  ["list_mytokens", "manage_mytokens:list"],
  ["notifications", "tokeninfo:notify"],
])("%s is a use like any other: charged, logged, and rotates a restricted token only", async (action, capability) => {
  const capabilities = [capability, "tokeninfo:history", "tokeninfo:introspect"];
  const token = await holder({ capabilities, restrictions: [{ usages_other: 1 }], rotation: { on_other: true } });
  const answer = await info(token, action);
  expect(answer).toMatchObject({ status: 200, body: { token_update: { mytoken_type: "token", mom_id: token.momId } } });
  const next = successor(token, answer);
  expect((await info(next, "introspect")).body["token"]).toMatchObject({
    seq_no: 2,
    restrictions: [{ usages_other: 1, usages_other_done: 1 }],
  });
  expect(await info(next, action)).toMatchObject({ status: 403, body: { error: "usage_restricted" } });

  const free = await holder({ capabilities, rotation: { on_other: true } });
  const first = await info(free, action);
  expect(first.status).toBe(200);
  expect(first.body).not.toHaveProperty("token_update");
  const events = { event_history: "tokeninfo_history" }[action] ?? `tokeninfo_${action}`;
  expect((await history(free)).map(({ event }) => event)).toContain(events);
});

it("renews the cookie only if the cookie authorised the use", async () => {
  const request = { capabilities: ["tokeninfo"], restrictions: [{ usages_other: 9 }], rotation: { on_other: true } };
  const byBearer = await login({ request });
  const cookieless = await post("/api/v0/tokeninfo", { action: "event_history", mytoken: byBearer.mytoken });
  expect(cookieless.headers.get("Set-Cookie")).toBeNull();
  const byCookie = await login({ request });
  const headers = { Cookie: `mytoken=${byCookie.mytoken}` };
  const renewed = await post("/api/v0/tokeninfo", { action: "event_history" }, {}, headers);
  const { mytoken } = renewed.body["token_update"] as { mytoken: string };
  expect(renewed.headers.get("Set-Cookie")).toContain(`mytoken=${mytoken};`);
});
