import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ISSUER } from "../fixtures/addresses.mjs";
import { logIn } from "../fixtures/browser.ts";
import { approve, comeBack, exchange, finish, post, send, type StartedFlow } from "../fixtures/client.ts";
import { fakeIssuer, script, someUser } from "../fixtures/fake-control.ts";
import { begin, elsewhere, flowObject, flowRow, later, poll, runAlarms, tables } from "../storage/inside.ts";

afterEach(() => {
  vi.useRealTimers();
});

const pollText = (text: unknown) =>
  post("/api/v0/token/my", { grant_type: "polling_code", polling_code: text }, elsewhere());

const BAD_CODE = { error: "invalid_token", error_description: "Bad polling or transfer code" };
const EXPIRED = { error: "expired_token", error_description: "polling or transfer code is expired" };
const PENDING = { error: "authorization_pending", error_description: expect.stringMatching(/./) };

async function told(flow: StartedFlow): Promise<[number, unknown]> {
  const { status, body } = await poll(flow);
  return [status, body];
}

describe("while the person is busy", () => {
  it("428 authorization_pending, with a description, whatever step the login is at", async () => {
    const flow = await begin();
    expect(await told(flow)).toEqual([428, PENDING]);
    await send(flow.consentPath);
    expect(await told(flow)).toEqual([428, PENDING]);
    const { authorizationUri, cookie } = await approve(flow);
    expect(await told(flow)).toEqual([428, PENDING]);
    const user = someUser();
    await script("plain", user, [{ delay: 600 }]);
    const back = await logIn(authorizationUri, user, `${ISSUER}/redirect`);
    const returning = comeBack(back.pathname + back.search, cookie);
    await vi.waitUntil(async () => (await flowRow(flow))?.state === "exchanging", { timeout: 3000 });
    expect(await told(flow)).toEqual([428, PENDING]);
    await returning;
    expect((await poll(flow)).status).toBe(200);
  });

  it("polling changes nothing, however often and however early", async () => {
    const flow = await begin();
    const before = await flowRow(flow);
    await Promise.all(Array.from({ length: 20 }, () => poll(flow)));
    expect(await flowRow(flow)).toEqual(before);
  });
});

describe("the finished login", () => {
  it("is collected by one answer of the shape of token-core §6.2, never stored by anybody", async () => {
    const flow = await begin();
    await finish(flow);
    const { status, headers, body } = await poll(flow);
    expect(status).toBe(200);
    expect(body).toEqual({
      mytoken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]{128}$/),
      mom_id: expect.stringMatching(/^[0-9A-Za-z]{22}$/),
      capabilities: ["AT", "tokeninfo"],
      mytoken_type: "token",
    });
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Set-Cookie")).toBeNull();
    const claims = JSON.parse(
      atob(String(body["mytoken"]).split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? ""),
    );
    expect(claims).toMatchObject({ iss: ISSUER, aud: ISSUER, oidc_iss: fakeIssuer("plain"), seq_no: 1 });
    expect(claims).not.toHaveProperty("exp");
  });

  it("a second time is refused: the code was spent", async () => {
    const flow = await begin();
    await finish(flow);
    expect((await poll(flow)).status).toBe(200);
    expect(await told(flow)).toEqual([401, BAD_CODE]);
    expect(await told(flow)).toEqual([401, BAD_CODE]);
  });

  it("by 16 polls at once is given to exactly one of them", async () => {
    for (let round = 0; round < 3; round++) {
      const flow = await begin();
      await finish(flow);
      const answers = await Promise.all(Array.from({ length: 16 }, () => poll(flow)));
      const good = answers.filter(({ status }) => status === 200);
      const bad = answers.filter(({ status }) => status !== 200);
      expect(good).toHaveLength(1);
      expect(bad).toHaveLength(15);
      for (const { status, body } of bad) expect([status, body]).toEqual([401, BAD_CODE]);
      expect((await exchange(String(good[0]?.body["mytoken"]))).status).toBe(200);
    }
  });

  it.each<[string, RegExp]>([
    ["short_token", /^mts_[0-9A-Za-z]{60}$/],
    ["transfer_code", /^[A-Za-z]{8}$/],
  ])("in the form that was asked for at the start, %s, is given to one of 16 as well", async (form, text) => {
    const flow = await begin({ request: { response_type: form } });
    await finish(flow);
    const answers = await Promise.all(Array.from({ length: 16 }, () => poll(flow)));
    const good = answers.filter(({ status }) => status === 200);
    expect(good).toHaveLength(1);
    expect(good[0]?.body["mytoken_type"]).toBe(form);
    expect(good[0]?.body[form === "transfer_code" ? "transfer_code" : "mytoken"]).toMatch(text);
    for (const { status, body } of answers.filter((one) => one.status !== 200)) {
      expect([status, body]).toEqual([401, BAD_CODE]);
    }
    // Nothing was made for those that got nothing.
    const momId = String(good[0]?.body["mom_id"]);
    const made = await runInDurableObject(env.MYTOKEN.getByName(momId), (_, { storage }) =>
      storage.sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${form}`).one(),
    );
    expect(made.n).toBe(1);
  });

  it("is noted in the token's history, with the poller's address and not the browser's", async () => {
    const flow = await begin();
    await finish(flow, { from: { address: "10.200.0.1", userAgent: "browser" } });
    const { body } = await poll(flow, { address: "10.200.0.2", userAgent: "poller" });
    const events = await runInDurableObject(env.MYTOKEN.getByName(String(body["mom_id"])), (_, state) =>
      state.storage.sql.exec("SELECT event, ip, user_agent FROM event ORDER BY id").toArray(),
    );
    expect(events).toEqual([
      { event: "created", ip: "10.200.0.1", user_agent: "browser" },
      { event: "transfer_code_used", ip: "10.200.0.2", user_agent: "poller" },
    ]);
  });
});

describe("time", () => {
  it("a login that nobody finished is expired after its time, before and after the alarm cleaned it up", async () => {
    const flow = await begin();
    later(300);
    expect(await told(flow)).toEqual([428, PENDING]);
    later(1);
    expect(await told(flow)).toEqual([401, EXPIRED]);
    await runAlarms(flowObject(flow));
    expect((await flowRow(flow))?.state).toBe("expired");
    expect(await told(flow)).toEqual([401, EXPIRED]);
  });

  it("a login that was approved but never came back expires the same way", async () => {
    const flow = await begin();
    await approve(flow);
    later(301);
    expect(await told(flow)).toEqual([401, EXPIRED]);
  });

  it("a login that finished in time can be collected 60 s longer (QUIRK-39)", async () => {
    const flow = await begin();
    await finish(flow);
    later(360);
    await runAlarms(flowObject(flow));
    expect((await poll(flow)).status).toBe(200);
  });

  it("and not a second more, with or without the alarm", async () => {
    const flow = await begin();
    await finish(flow);
    later(361);
    expect(await told(flow)).toEqual([401, EXPIRED]);
    await runAlarms(flowObject(flow));
    expect((await flowRow(flow))?.state).toBe("expired");
    expect(await told(flow)).toEqual([401, EXPIRED]);
  });

  it("a login that came back at the last second has the whole 60 s too", async () => {
    const flow = await begin();
    const { authorizationUri, cookie } = await approve(flow);
    const back = await logIn(authorizationUri, someUser(), `${ISSUER}/redirect`);
    later(299);
    expect((await comeBack(back.pathname + back.search, cookie)).status).toBe(303);
    later(60);
    await runAlarms(flowObject(flow));
    expect((await poll(flow)).status).toBe(200);
  });

  it("expired is told from unknown for an hour; then nothing is left, and the code is unknown", async () => {
    const flow = await begin();
    later(301);
    await runAlarms(flowObject(flow));
    later(3599);
    await runAlarms(flowObject(flow));
    expect(await told(flow)).toEqual([401, EXPIRED]);
    later(2);
    await runAlarms(flowObject(flow));
    expect(await tables(flowObject(flow))).toEqual([]);
    expect(await told(flow)).toEqual([401, BAD_CODE]);
  });
});

describe("a code that is none of ours is refused and reaches no object:", () => {
  it("unknown, empty, forged, of another kind, or with blanks around it", async () => {
    const flow = await begin();
    const { authorizationUri } = await approve(flow);
    const state = new URL(authorizationUri).searchParams.get("state") ?? "";
    const code = flow.pollingCode;
    const before = await listDurableObjectIds(env.AUTHORIZATION);
    const forged = [
      "",
      "x",
      "abcdefgh",
      "A".repeat(31),
      code.slice(0, 30),
      `${code}A`,
      `${code}\n`,
      ` ${code}`,
      (code.startsWith("A") ? "B" : "A") + code.slice(1),
      code.slice(0, -1) + (code.endsWith("A") ? "B" : "A"),
      flow.consentPath.slice("/c/".length),
      state,
      state.slice(0, 31),
      "__proto__",
    ];
    for (const text of forged) {
      const { status, body } = await pollText(text);
      expect([text, status, body]).toEqual([text, 401, BAD_CODE]);
    }
    expect(await listDurableObjectIds(env.AUTHORIZATION)).toHaveLength(before.length);
    expect(await told(flow)).toEqual([428, PENDING]);
  });

  it.each([5, ["x"], {}, true])("%j is no text: 400", async (text) => {
    const { status, body } = await pollText(text);
    expect([status, body["error"]]).toEqual([400, "invalid_request"]);
  });

  it("left out: 401, as an empty one", async () => {
    const { status, body } = await post("/api/v0/token/my", { grant_type: "polling_code" }, elsewhere());
    expect([status, body]).toEqual([401, BAD_CODE]);
  });

  it("the code of one login opens no other, although flows are named in their codes", async () => {
    const [mine, other] = [await begin(), await begin()];
    await finish(other);
    const spliced = other.pollingCode.slice(0, 8) + mine.pollingCode.slice(8);
    expect((await pollText(spliced)).body).toEqual(BAD_CODE);
    expect((await poll(other)).status).toBe(200);
  });
});

describe("polling codes and transfer codes are apart (QUIRK-25)", () => {
  it("a polling code is no transfer code, neither pending nor finished", async () => {
    const flow = await begin();
    const asTransferCode = () =>
      post("/api/v0/token/my", { grant_type: "transfer_code", transfer_code: flow.pollingCode });
    const pending = await asTransferCode();
    expect(pending.status).toBeGreaterThanOrEqual(400);
    await finish(flow);
    const finished = await asTransferCode();
    expect(finished.status).toBeGreaterThanOrEqual(400);
    expect(finished.body).not.toHaveProperty("mytoken");
    expect((await poll(flow)).status).toBe(200);
  });

  it("eight letters, the form of a transfer code, are no polling code", async () => {
    expect((await pollText("ABCDefgh")).body).toEqual(BAD_CODE);
  });
});
