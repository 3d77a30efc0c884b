/**
 * The making of the first token, cut off at each step (DESIGN §5, src/objects/creation.ts): nothing stays alive that
 * nobody was given, and everything ends by itself.
 */
import { listDurableObjectIds, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Grant } from "../../src/objects/grant/grant.ts";
import { Mytoken } from "../../src/objects/mytoken/mytoken.ts";
import { ISSUER } from "../fixtures/addresses.mjs";
import { logIn } from "../fixtures/browser.ts";
import { approve, comeBack, finish, type StartedFlow } from "../fixtures/client.ts";
import { fakeLog, someUser } from "../fixtures/fake-control.ts";
import {
  type AnyObject,
  begin,
  flowObject,
  flowRow,
  grantObject,
  later,
  loginRow,
  members,
  poll,
  runAlarms,
  tables,
} from "../storage/inside.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

interface Step {
  readonly of: typeof Grant.prototype | typeof Mytoken.prototype;
  readonly verb: string;
}
/** The calls that a login makes to other objects, in their order. */
const STEPS: readonly Step[] = [
  { of: Grant.prototype, verb: "open" },
  { of: Grant.prototype, verb: "join" },
  { of: Mytoken.prototype, verb: "create" },
  { of: Grant.prototype, verb: "confirm" },
  { of: Mytoken.prototype, verb: "publish" },
];
const TWINS = STEPS.flatMap((step) => [
  { ...step, name: `${step.verb} failed and is not stored`, stored: false },
  { ...step, name: `${step.verb} failed but is stored`, stored: true },
]);

/** The next call of the verb fails: instead of doing its work, or after it. Meanwhile it takes its time. */
function failing({ of, verb }: Step, stored: boolean, milliseconds = 0) {
  const prototype = of as unknown as Record<string, (...values: unknown[]) => unknown>;
  const original = prototype[verb];
  return vi.spyOn(prototype, verb).mockImplementationOnce(async function (this: unknown, ...values: unknown[]) {
    if (stored) await original?.apply(this, values);
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    throw new Error(`${verb} was cut off`);
  });
}

const told = async (flow: StartedFlow) => {
  const { status, body } = await poll(flow);
  return [status, body["error"]];
};
const BAD_CODE = [401, "invalid_token"];

const idsOf = async (namespace: DurableObjectNamespace<Mytoken>) =>
  new Set((await listDurableObjectIds(namespace)).map(String));

/** The objects of tokens that appear while `work` runs. */
async function tokensMadeBy(work: () => Promise<unknown>): Promise<DurableObjectStub<Mytoken>[]> {
  const before = await idsOf(env.MYTOKEN);
  await work();
  const after = await listDurableObjectIds(env.MYTOKEN);
  return after.filter((id) => !before.has(String(id))).map((id) => env.MYTOKEN.get(id));
}

async function passTime(seconds: readonly number[], objects: readonly AnyObject[]): Promise<void> {
  for (const some of seconds) {
    later(some);
    for (const object of objects) await runAlarms(object);
  }
}

/** `live`, `ended`, or `nothing` for an empty object. */
function standing(token: DurableObjectStub<Mytoken>): Promise<string> {
  return runInDurableObject(token, (_, state) => {
    const { sql } = state.storage;
    if (sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'token'").toArray().length === 0) return "nothing";
    const row = sql
      .exec<{ state: string; wrapped_key: ArrayBuffer | null }>("SELECT state, wrapped_key FROM token")
      .one();
    return `${row.state}${row.wrapped_key === null ? "" : " with its key"}`;
  });
}

/** D1 shows none of these as alive. */
async function expectNotShown(momIds: readonly string[]): Promise<void> {
  for (const momId of momIds) {
    const row = await env.DIRECTORY.prepare("SELECT state FROM tokens WHERE mom_id = ?").bind(momId).first();
    expect(row?.["state"]).not.toBe("live");
  }
}

/** After the Grant's and the flow's own times: nobody is alive, no key is left, and at last no table. */
async function expectNothingStays(flow: StartedFlow, tokens: readonly DurableObjectStub<Mytoken>[]): Promise<void> {
  const grant = await grantObject(flow);
  const momIds = Object.keys(await members(grant));
  await passTime([121, 300, 300, 10, 1300, 10], [flowObject(flow), grant, ...tokens]);
  const login = await loginRow(grant);
  if (login) expect(login).toMatchObject({ closed: expect.any(Number), sealed_refresh_token: null });
  for (const state of Object.values(await members(grant))) expect(state).toBe("gone");
  for (const token of tokens) expect(["nothing", "ended"]).toContain(await standing(token));
  await expectNotShown(momIds);
  expect(await told(flow)).toEqual(BAD_CODE);
  await passTime([4000, 2_592_000, 20], [flowObject(flow), grant, ...tokens]);
  for (const object of [flowObject(flow), grant, ...tokens]) expect(await tables(object)).toEqual([]);
}

describe("a call that fails", () => {
  it.each(TWINS.filter(({ verb }) => verb !== "publish"))(
    "$name: the browser is told, the poller at once, the refresh token is revoked, and nothing is left",
    async ({ stored, ...step }) => {
      const user = someUser();
      const flow = await begin();
      failing(step, stored);
      let status = 0;
      const tokens = await tokensMadeBy(async () => {
        ({ status } = await finish(flow, { user }));
      });
      expect(status).toBe(500);
      expect(await told(flow)).toEqual(BAD_CODE);
      expect((await fakeLog("plain", user)).families[0]?.revoked).toBe("revoked by the client");
      const grant = await grantObject(flow);
      expect((await loginRow(grant))?.sealed_refresh_token ?? null).toBeNull();
      expect(Object.values(await members(grant))).not.toContain("live");
      await expectNothingStays(flow, tokens);
    },
  );

  it.each(TWINS.filter(({ verb }) => verb === "publish"))(
    "$name: the login is done all the same, and the token's alarm shows it",
    async ({ stored, ...step }) => {
      const flow = await begin();
      failing(step, stored);
      expect((await finish(flow)).status).toBe(303);
      const { status, body } = await poll(flow);
      expect(status).toBe(200);
      const momId = String(body["mom_id"]);
      later(1300);
      await runAlarms(env.MYTOKEN.getByName(momId));
      const row = await env.DIRECTORY.prepare("SELECT state FROM tokens WHERE mom_id = ?").bind(momId).first();
      expect(row).toEqual({ state: "live" });
    },
  );
});

describe("a crash of the login's object", () => {
  it.each(TWINS)("where $name: its alarm and the Grant's end everything", async ({ stored, ...step }) => {
    const flow = await begin();
    const spy = failing(step, stored, 250);
    const { authorizationUri, cookie } = await approve(flow);
    const back = await logIn(authorizationUri, someUser(), `${ISSUER}/redirect`);
    const tokens = await tokensMadeBy(async () => {
      const answer = comeBack(back.pathname + back.search, cookie);
      await vi.waitUntil(() => spy.mock.calls.length > 0, { timeout: 5000 });
      await new Promise((resolve) => setTimeout(resolve, 60));
      await expect(() =>
        runInDurableObject(flowObject(flow), (_, state) => {
          state.abort("crash");
        }),
      ).rejects.toThrow("crash");
      expect((await answer).status).toBe(503);
      await new Promise((resolve) => setTimeout(resolve, 250));
    });
    expect((await flowRow(flow))?.state).toBe("exchanging");
    await expectNothingStays(flow, tokens);
  });
});

describe("a crash of the login's object, if its own alarm never came", () => {
  it.each(TWINS.filter(({ verb, stored }) => verb !== "publish" && !(verb === "confirm" && stored)))(
    "where $name: the Grant alone drops who never joined and closes",
    async ({ stored, ...step }) => {
      const flow = await begin();
      const spy = failing(step, stored, 250);
      const { authorizationUri, cookie } = await approve(flow);
      const back = await logIn(authorizationUri, someUser(), `${ISSUER}/redirect`);
      const tokens = await tokensMadeBy(async () => {
        const answer = comeBack(back.pathname + back.search, cookie);
        await vi.waitUntil(() => spy.mock.calls.length > 0, { timeout: 5000 });
        await new Promise((resolve) => setTimeout(resolve, 60));
        await runInDurableObject(flowObject(flow), (_, state) => {
          state.abort("crash");
        }).catch(() => undefined);
        await answer;
        await new Promise((resolve) => setTimeout(resolve, 250));
      });
      const grant = await grantObject(flow);
      const momIds = Object.keys(await members(grant));
      await passTime([599], [grant, ...tokens]);
      for (const token of tokens) expect(["nothing", "live with its key"]).toContain(await standing(token));
      await passTime([2, 10], [grant, ...tokens]);
      for (const token of tokens) expect(await standing(token)).toBe("nothing");
      expect((await loginRow(grant))?.sealed_refresh_token ?? null).toBeNull();
      await expectNotShown(momIds);
    },
  );
});

describe("a grant that ends meanwhile", () => {
  it.each(["join", "create", "confirm"])(
    "before %s: the token is refused, and its object is empty again",
    async (verb) => {
      const user = someUser();
      const flow = await begin();
      const step = STEPS.find((one) => one.verb === verb);
      const prototype = step?.of as unknown as Record<string, (...values: unknown[]) => unknown>;
      const original = prototype[verb];
      vi.spyOn(prototype, verb).mockImplementationOnce(async function (this: unknown, ...values: unknown[]) {
        const grantId = (await flowRow(flow))?.grant_id ?? "";
        await env.GRANT.getByName(grantId).abandon();
        return original?.apply(this, values);
      });
      let status = 0;
      const tokens = await tokensMadeBy(async () => {
        ({ status } = await finish(flow, { user }));
      });
      expect(status).toBe(401);
      expect(await told(flow)).toEqual(BAD_CODE);
      for (const token of tokens) expect(await standing(token)).toBe("nothing");
      expect((await fakeLog("plain", user)).families[0]?.revoked).toBe("revoked by the client");
      await expectNothingStays(flow, tokens);
    },
  );
});
