/** D1 and KV away or slow (DESIGN §3, invariant 6; §5, step 4 of creation): logins and exchanges go on, D1 catches up. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { type Answer, exchange, finish, post } from "../fixtures/client.ts";
import { fakeIssuer, someUser } from "../fixtures/fake-control.ts";
import { begin, grantObject, later, poll, runAlarms, tokenRow } from "./inside.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

type Verbs = Record<string, (...values: unknown[]) => unknown>;

/** The class behind a binding: what is spied on there holds for all objects and the Worker. */
const classOf = (binding: object): Verbs => Object.getPrototypeOf(binding) as Verbs;

const DIRECTORY_VERBS = ["prepare", "batch", "exec", "withSession"];
const CODES_VERBS = ["get", "put", "list", "delete", "getWithMetadata"];

/** Every call of D1 or KV ends like this. Returns how often somebody tried. */
function broken(binding: object, verbs: readonly string[], end: () => unknown): () => number {
  const spies = verbs.map((verb) => vi.spyOn(classOf(binding), verb).mockImplementation(end));
  return () => spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0);
}

const throwing = () => {
  throw new Error("away");
};
const rejecting = () => Promise.reject(new Error("away"));

/** D1 as a statement that never comes back, or not for long. */
function slowDirectory(milliseconds: number): () => number {
  const wait = () => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const original = classOf(env.DIRECTORY)["batch"];
  const spy = vi.spyOn(classOf(env.DIRECTORY), "batch").mockImplementation(async function (this: unknown, ...values) {
    await wait();
    return original?.apply(this, values);
  });
  return () => spy.mock.calls.length;
}

/** A provider that this isolate has not asked yet: its metadata is in no memory, so KV is asked. */
const freshIssuer = () => fakeIssuer("plain");

async function wholeLogin(): Promise<{ momId: string; mytoken: string; flow: Awaited<ReturnType<typeof begin>> }> {
  const flow = await begin({ issuer: freshIssuer() });
  const back = await finish(flow, { issuer: freshIssuer(), user: someUser() });
  expect(back.status).toBe(303);
  const { status, body } = await poll(flow);
  expect(status).toBe(200);
  return { momId: String(body["mom_id"]), mytoken: String(body["mytoken"]), flow };
}

function shown(momId: string) {
  return env.DIRECTORY.prepare("SELECT state, name, version FROM tokens WHERE mom_id = ?").bind(momId).first();
}

describe("with D1 and KV away", () => {
  it("login, exchange and rotation go on; nothing is in D1 until it is back, then the alarm brings it", async () => {
    const directoryTries = broken(env.DIRECTORY, DIRECTORY_VERBS, throwing);
    const codesTries = broken(env.CODES, CODES_VERBS, rejecting);
    const { momId, mytoken } = await wholeLogin();
    expect(directoryTries()).toBeGreaterThan(0);
    expect(codesTries()).toBeGreaterThan(0);
    for (const _ of [1, 2, 3]) expect((await exchange(mytoken)).status).toBe(200);
    const token = env.MYTOKEN.getByName(momId);
    later(6);
    await runAlarms(token);
    expect((await tokenRow(momId))?.directory_sent).toBe(0);

    vi.restoreAllMocks();
    expect(await shown(momId)).toBeNull();
    later(60);
    await runAlarms(token);
    expect(await shown(momId)).toEqual({ state: "live", name: null, version: 1 });
    expect(await tokenRow(momId)).toMatchObject({ directory_sent: 1, directory_version: 1 });
    const owner = await env.DIRECTORY.prepare(
      "SELECT count(*) AS n FROM users JOIN tokens USING (owner) WHERE mom_id = ?",
    )
      .bind(momId)
      .first("n");
    expect(owner).toBe(1);
  });

  it("tries ever more rarely, and comes until it gets through", async () => {
    const tries = broken(env.DIRECTORY, DIRECTORY_VERBS, throwing);
    const { momId } = await wholeLogin();
    const token = env.MYTOKEN.getByName(momId);
    const before = tries();
    for (let minute = 0; minute < 60; minute++) {
      later(60);
      await runAlarms(token);
    }
    const after = tries();
    expect(after - before).toBeGreaterThan(3);
    expect(after - before).toBeLessThan(60);
    vi.restoreAllMocks();
    later(3700);
    await runAlarms(token);
    expect(await shown(momId)).toMatchObject({ state: "live" });
  });

  it("a token that ended meanwhile is shown as ended, once D1 is back: nothing dead comes alive", async () => {
    broken(env.DIRECTORY, DIRECTORY_VERBS, throwing);
    const { momId, mytoken, flow } = await wholeLogin();
    const grant = await grantObject(flow);
    await grant.revoke({ momId, recursive: true, grantKey: null });
    await runAlarms(grant);
    expect((await exchange(mytoken)).status).toBe(401);
    vi.restoreAllMocks();
    later(3700);
    await runAlarms(env.MYTOKEN.getByName(momId));
    expect(await shown(momId)).toMatchObject({ state: "ended", version: 2 });
  });

  it("a start whose templates are ours needs neither", async () => {
    broken(env.CODES, CODES_VERBS, rejecting);
    const start: Answer = await post("/api/v0/token/my", {
      grant_type: "oidc_flow",
      oidc_issuer: freshIssuer(),
      restrictions: [{ exp: "+1d" }],
    });
    expect(start.status).toBe(200);
  });
});

describe("with D1 slow", () => {
  it("a login waits about a second for it and no longer; the late row arrives all the same", async () => {
    const flow = await begin();
    const tries = slowDirectory(5000);
    const began = performance.now();
    const back = await finish(flow);
    const took = performance.now() - began;
    expect(back.status).toBe(303);
    expect(tries()).toBe(1);
    expect(took).toBeGreaterThan(900);
    expect(took).toBeLessThan(3000);
    const polled = performance.now();
    const { status, body } = await poll(flow);
    expect(status).toBe(200);
    expect((await exchange(String(body["mytoken"]))).status).toBe(200);
    expect(performance.now() - polled).toBeLessThan(1000);
    vi.restoreAllMocks();
    later(10);
    await runAlarms(env.MYTOKEN.getByName(String(body["mom_id"])));
    expect(await shown(String(body["mom_id"]))).toMatchObject({ state: "live", version: 1 });
  }, 15_000);

  it("an exchange does not ask it at all", async () => {
    const { mytoken } = await wholeLogin();
    const directoryTries = broken(env.DIRECTORY, DIRECTORY_VERBS, throwing);
    const codesTries = broken(env.CODES, CODES_VERBS, rejecting);
    expect((await exchange(mytoken)).status).toBe(200);
    expect([directoryTries(), codesTries()]).toEqual([0, 0]);
  });
});
