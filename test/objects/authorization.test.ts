/** One running login from inside: what it stores at each step, how it ends by itself, and what a crash leaves. */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { openAsPoller } from "../../src/objects/authorization/polling-key.ts";
import { Grant } from "../../src/objects/grant/grant.ts";
import { Mytoken } from "../../src/objects/mytoken/mytoken.ts";
import { ISSUER } from "../fixtures/addresses.mjs";
import { logIn } from "../fixtures/browser.ts";
import { approve, comeBack, exchange, finish, post, send, start, type StartedFlow } from "../fixtures/client.ts";
import { fakeIssuer, fakeLog, script, someUser, type Step } from "../fixtures/fake-control.ts";
import {
  begin,
  elsewhere,
  flowIdIn,
  flowObject,
  flowRow,
  grantObject,
  later,
  loginRow,
  members,
  poll,
  runAlarms,
  tables,
  tokenRow,
} from "../storage/inside.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const BAD_CODE = [401, "invalid_token"];
const EXPIRED = [401, "expired_token"];
const PENDING = [428, "authorization_pending"];
const RETENTION_SECONDS = 2_592_000;

async function told(flow: StartedFlow): Promise<unknown[]> {
  const { status, body } = await poll(flow);
  return [status, body["error"]];
}

/** Everything that opens anything, or lets a browser go on. */
const SECRETS = [
  "sealed_private_key",
  "public_key",
  "state_hash",
  "cookie_hash",
  "code_verifier",
  "nonce",
  "sealed_token",
] as const;

async function secretsOf(flow: StartedFlow): Promise<readonly string[]> {
  const row = await flowRow(flow);
  return SECRETS.filter((name) => row?.[name] != null);
}

/** A flow whose browser is under way at `/redirect`, held up by the provider. */
async function exchanging(step: Step, user = someUser()) {
  const flow = await begin();
  const { authorizationUri, cookie } = await approve(flow);
  await script("plain", user, [step]);
  const back = await logIn(authorizationUri, user, `${ISSUER}/redirect`);
  const answer = comeBack(back.pathname + back.search, cookie);
  await vi.waitUntil(async () => (await flowRow(flow))?.state === "exchanging", { timeout: 5000 });
  return { flow, user, answer };
}

/** The object is reset, as by the platform: memory and running work are gone, what was durable stays. */
async function crash(flow: StartedFlow): Promise<void> {
  await expect(() =>
    runInDurableObject(flowObject(flow), (_, state) => {
      state.abort("crash");
    }),
  ).rejects.toThrow("crash");
}

describe("what is stored", () => {
  it("at each step is what the step needs, and its secrets go with the step", async () => {
    const flow = await begin();
    expect(await secretsOf(flow)).toEqual(["sealed_private_key", "public_key"]);
    const { authorizationUri, cookie } = await approve(flow);
    expect(await secretsOf(flow)).toEqual([
      "sealed_private_key",
      "public_key",
      "state_hash",
      "cookie_hash",
      "code_verifier",
      "nonce",
    ]);
    const user = someUser();
    await script("plain", user, [{ delay: 300 }]);
    const back = await logIn(authorizationUri, user, `${ISSUER}/redirect`);
    const returning = comeBack(back.pathname + back.search, cookie);
    await vi.waitUntil(async () => (await flowRow(flow))?.state === "exchanging", { timeout: 5000 });
    expect(await secretsOf(flow)).toEqual(["sealed_private_key", "public_key"]);
    await returning;
    expect(await secretsOf(flow)).toEqual(["sealed_private_key", "public_key", "sealed_token"]);
    await poll(flow);
    expect(await secretsOf(flow)).toEqual([]);
  });

  it("survives evictions between all steps", async () => {
    const flow = await begin();
    await evictDurableObject(flowObject(flow));
    const { authorizationUri, cookie } = await approve(flow);
    await evictDurableObject(flowObject(flow));
    const back = await logIn(authorizationUri, someUser(), `${ISSUER}/redirect`);
    expect((await comeBack(back.pathname + back.search, cookie)).status).toBe(303);
    await evictDurableObject(flowObject(flow));
    expect((await poll(flow)).status).toBe(200);
    await evictDurableObject(flowObject(flow));
    expect(await told(flow)).toEqual(BAD_CODE);
  });

  it("an object that was asked for a flow that it never had writes no table", async () => {
    const stranger = env.AUTHORIZATION.getByName("neverwas");
    await stranger.view("x");
    await stranger.decline("x");
    await stranger.approve("x", { ...(await anyRequest()), issuer: fakeIssuer("plain") });
    await stranger.return({ query: "?state=x", cookie: "y", caller: CALLER });
    await stranger.collect("x", CALLER);
    await runInDurableObject(stranger, (object) => object.alarm());
    expect(await tables(stranger)).toEqual([]);
  });
});

const CALLER = { address: "10.0.0.1", country: "DE", userAgent: "" };

async function anyRequest() {
  const flow = await flowRow(await begin());
  if (!flow) throw new Error("not started");
  return flow.request;
}

describe("a name that is taken", () => {
  it("is refused by the object, also to one of two that come at once; the first flow stays as it is", async () => {
    const flowId = `t${crypto.randomUUID().slice(0, 7)}`;
    const request = await anyRequest();
    const startIt = () =>
      env.AUTHORIZATION.getByName(flowId).start({
        flowId,
        client: "native",
        redirectUri: null,
        request,
        caller: CALLER,
      });
    const started = await Promise.all([startIt(), startIt(), startIt()]);
    const won = started.filter((one) => one !== null);
    expect(won).toHaveLength(1);
    expect(await startIt()).toBeNull();
    const [first] = won;
    const flow = { consentPath: `/c/${first?.consentCode}`, pollingCode: first?.pollingCode ?? "" };
    expect(await told(flow)).toEqual(PENDING);
  });

  it("makes the edge draw another", async () => {
    const draw = (bytes: ArrayBufferView) => {
      new Uint8Array(bytes.buffer).fill(7);
      return bytes;
    };
    const from = elsewhere();
    const random = vi.spyOn(crypto, "getRandomValues");
    random.mockImplementationOnce(draw as Crypto["getRandomValues"]);
    const first = await start({ from });
    random.mockImplementationOnce(draw as Crypto["getRandomValues"]);
    const second = await start({ from });
    expect(flowIdIn(first)).toBe("77777777");
    expect(flowIdIn(second)).not.toBe("77777777");
    await finish(second);
    expect(await told(first)).toEqual(PENDING);
    expect((await poll(second)).status).toBe(200);
  });
});

describe("a login that nobody finished", () => {
  it.each(["pending", "consented"])("while %s: the alarm scrubs it and leaves a tombstone", async (step) => {
    const flow = await begin();
    if (step === "consented") await approve(flow);
    later(300);
    await runAlarms(flowObject(flow));
    expect((await flowRow(flow))?.state).toBe(step);
    later(1);
    await runAlarms(flowObject(flow));
    expect((await flowRow(flow))?.state).toBe("expired");
    expect(await secretsOf(flow)).toEqual([]);
    expect(await told(flow)).toEqual(EXPIRED);
    later(3600);
    await runAlarms(flowObject(flow));
    expect(await tables(flowObject(flow))).toEqual([]);
  });

  it.each(["declined", "failed"])("but %s: is scrubbed at once, and forgotten later", async (how) => {
    const flow = await begin();
    if (how === "declined") await send(flow.consentPath, { method: "POST" });
    else {
      const { authorizationUri, cookie } = await approve(flow);
      const user = someUser();
      await script("plain", user, [{ error: "server_error" }], "authorize");
      const back = await logIn(authorizationUri, user, `${ISSUER}/redirect`);
      await comeBack(back.pathname + back.search, cookie);
    }
    expect(await secretsOf(flow)).toEqual([]);
    later(301);
    await runAlarms(flowObject(flow));
    expect((await flowRow(flow))?.state).toBe(how);
    later(3600);
    await runAlarms(flowObject(flow));
    expect(await tables(flowObject(flow))).toEqual([]);
  });

  it("an alarm that comes twice, or early, changes nothing", async () => {
    const flow = await begin();
    const before = await flowRow(flow);
    await runDurableObjectAlarm(flowObject(flow));
    expect(await flowRow(flow)).toEqual(before);
    await finish(flow);
    await runDurableObjectAlarm(flowObject(flow));
    expect((await poll(flow)).status).toBe(200);
    later(361);
    await runAlarms(flowObject(flow));
    await runInDurableObject(flowObject(flow), (object) => object.alarm());
    expect((await flowRow(flow))?.state).toBe("collected");
  });
});

describe("a login that was finished and never collected", () => {
  it("ends: grant closed, ciphertext gone, token retired; then nothing of it is left", async () => {
    const flow = await begin();
    await finish(flow);
    const row = await flowRow(flow);
    const text = await openAsPoller(flow.pollingCode, row?.sealed_private_key as ArrayBuffer, row?.sealed_token ?? "");
    const grant = await grantObject(flow);
    const momId = row?.mom_id ?? "";
    const token = env.MYTOKEN.getByName(momId);
    expect((await exchange(text ?? "")).status).toBe(200);
    expect(await members(grant)).toEqual({ [momId]: "live" });

    later(361);
    await runAlarms(flowObject(flow));
    expect(await secretsOf(flow)).toEqual([]);
    expect(await loginRow(grant)).toMatchObject({ closed: expect.any(Number), sealed_refresh_token: null });
    expect(await members(grant)).toEqual({ [momId]: "revoked" });
    expect((await exchange(text ?? "")).status).toBe(401);

    await runAlarms(grant);
    expect(await tokenRow(momId)).toMatchObject({ state: "ended", wrapped_key: null, sealed_successor: null });
    expect(await members(grant)).toEqual({ [momId]: "gone" });
    await runAlarms(token);
    const shown = () => env.DIRECTORY.prepare("SELECT state FROM tokens WHERE mom_id = ?").bind(momId).all();
    expect((await shown()).results).toEqual([{ state: "ended" }]);

    later(3600);
    await runAlarms(flowObject(flow));
    expect(await tables(flowObject(flow))).toEqual([]);
    expect(await tables(token)).not.toEqual([]);

    later(RETENTION_SECONDS + 10);
    await runAlarms(token);
    await runAlarms(grant);
    expect(await tables(token)).toEqual([]);
    expect(await tables(grant)).toEqual([]);
    expect((await shown()).results).toEqual([]);
    expect((await exchange(text ?? "")).status).toBe(401);
    expect(await tables(token)).toEqual([]);
  });

  it("ends later if the grant cannot be reached: the alarm comes again until it could", async () => {
    const flow = await begin();
    await finish(flow);
    const grant = await grantObject(flow);
    later(361);
    vi.spyOn(Grant.prototype, "abandon").mockRejectedValueOnce(new Error("away"));
    await runAlarms(flowObject(flow));
    expect((await loginRow(grant))?.closed).toBeNull();
    expect((await flowRow(flow))?.state).toBe("expired");
    expect(await told(flow)).toEqual(EXPIRED);
    later(6);
    await runAlarms(flowObject(flow));
    expect((await loginRow(grant))?.sealed_refresh_token).toBeNull();
    expect((await flowRow(flow))?.state).toBe("expired");
  });

  it("is not given to a poll that the end overtook", async () => {
    const flow = await begin({ request: { response_type: "short_token" } });
    await finish(flow);
    const grant = await grantObject(flow);
    const { handOut } = Mytoken.prototype as unknown as { handOut: (...args: unknown[]) => Promise<never> };
    let reached = false;
    vi.spyOn(Mytoken.prototype, "handOut").mockImplementation(async function (this: Mytoken, ...args) {
      const answer = await handOut.apply(this, args);
      reached = true;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return answer;
    });
    const polled = told(flow);
    await vi.waitFor(() => expect(reached).toBe(true), { interval: 5 });
    later(361);
    await runAlarms(flowObject(flow));
    expect(await polled).toEqual(EXPIRED);
    expect((await loginRow(grant))?.closed).not.toBeNull();
    expect((await flowRow(flow))?.state).toBe("expired");
  });

  it("ends with its polling code, although the grant is away at first: by the repeated call, or by alarm", async () => {
    for (const again of ["call", "alarm"]) {
      const flow = await begin();
      await finish(flow);
      const grant = await grantObject(flow);
      const revoke = () => post("/api/v0/token/revoke", { token: flow.pollingCode }, elsewhere());
      const gone = () => Promise.reject(new Error("away"));
      vi.spyOn(Grant.prototype, "abandon").mockImplementation(gone);
      vi.spyOn(Grant.prototype, "revoke").mockImplementation(gone);
      expect((await revoke()).status).toBeGreaterThanOrEqual(500);
      expect(await told(flow)).toEqual(BAD_CODE);
      expect((await loginRow(grant))?.closed).toBeNull();
      vi.restoreAllMocks();
      if (again === "call") expect((await revoke()).status).toBe(204);
      else {
        later(3700);
        await runAlarms(flowObject(flow));
      }
      expect(await loginRow(grant)).toMatchObject({ closed: expect.any(Number), sealed_refresh_token: null });
      vi.useRealTimers();
    }
  });

  it("once collected is nobody's to abandon: the alarm leaves the token alive", async () => {
    const flow = await begin();
    await finish(flow);
    const { body } = await poll(flow);
    later(4000);
    await runAlarms(flowObject(flow));
    later(4000);
    await runAlarms(flowObject(flow));
    expect(await tables(flowObject(flow))).toEqual([]);
    expect((await exchange(String(body["mytoken"]))).status).toBe(200);
  });
});

describe("a crash while the provider has the code", () => {
  it("ends as failed by alarm; until then the poller waits, and nobody can go on with it", async () => {
    const { flow, user, answer } = await exchanging({ delay: 700 });
    await crash(flow);
    expect((await answer).status).toBe(503);
    expect((await flowRow(flow))?.state).toBe("exchanging");
    expect(await told(flow)).toEqual(PENDING);
    expect((await post(flow.consentPath, {})).status).toBe(400);
    expect((await send(flow.consentPath)).status).toBe(404);
    expect((await send(flow.consentPath, { method: "POST" })).status).toBe(404);
    later(121);
    await runAlarms(flowObject(flow));
    expect((await flowRow(flow))?.state).toBe("failed");
    expect(await secretsOf(flow)).toEqual([]);
    expect(await told(flow)).toEqual(BAD_CODE);
    expect(await tables(await grantObject(flow))).toEqual([]);
    expect((await fakeLog("plain", user)).counts["token authorization_code"]).toBe(1);
    later(3601);
    await runAlarms(flowObject(flow));
    expect(await tables(flowObject(flow))).toEqual([]);
  });

  it("and the code is never sent a second time, although the browser comes back again", async () => {
    const user = someUser();
    const flow = await begin();
    const { authorizationUri, cookie } = await approve(flow);
    await script("plain", user, [{ delay: 500 }]);
    const back = await logIn(authorizationUri, user, `${ISSUER}/redirect`);
    const answer = comeBack(back.pathname + back.search, cookie);
    await vi.waitUntil(async () => (await flowRow(flow))?.state === "exchanging", { timeout: 5000 });
    await crash(flow);
    await answer;
    expect((await comeBack(back.pathname + back.search, cookie)).status).toBe(400);
    expect((await fakeLog("plain", user)).counts["token authorization_code"]).toBe(1);
  });
});

describe("an exchange that ends after its time", () => {
  it("finds the flow failed: the browser is refused, grant and refresh token are given up", async () => {
    const { flow, user, answer } = await exchanging({ delay: 600 });
    const grant = await grantObject(flow);
    later(121);
    await runAlarms(flowObject(flow));
    expect(await told(flow)).toEqual(BAD_CODE);
    expect((await answer).status).toBe(400);
    expect((await flowRow(flow))?.state).toBe("failed");
    expect(await secretsOf(flow)).toEqual([]);
    expect((await loginRow(grant))?.sealed_refresh_token).toBeNull();
    expect(Object.values(await members(grant))).toEqual(["revoked"]);
    expect((await fakeLog("plain", user)).families[0]?.revoked).toBe("revoked by the client");
  });
});
