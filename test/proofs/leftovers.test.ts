/** Invariant 9: what ended leaves nothing, its secrets first. Tables are counted, for an empty file stays at 4 KB. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { finish, poll as pollFrom, post, start, type StartedFlow } from "../fixtures/client.ts";
import { someUser } from "../fixtures/fake-control.ts";
import { exchangeOf, newToken, type TestToken } from "../fixtures/tokens.ts";
import {
  type AnyObject,
  begin,
  elsewhere,
  flowObject,
  flowRow,
  grantObject,
  later,
  loginRow,
  runAlarms,
  stopClock,
  tables,
  tokenRow,
} from "../storage/inside.ts";
import { INVALID_TOKEN, parentToken, revoke, rowOf, subtokenOf } from "./family.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const RETENTION = 30 * 86_400;

/** Lets time pass, and everybody do what is due. The tokens first, then who is told by them, and the tokens again. */
async function pass(seconds: number, objects: readonly AnyObject[]): Promise<void> {
  later(seconds);
  for (const _ of [1, 2]) for (const object of objects) await runAlarms(object);
}

async function expectSecretsGone(tokens: readonly TestToken[]): Promise<void> {
  for (const token of tokens) {
    expect(await rowOf(token)).toMatchObject({ state: "ended", wrapped_key: null, sealed_successor: null });
  }
}

async function expectEmpty(objects: readonly AnyObject[]): Promise<void> {
  for (const object of objects) expect(await tables(object)).toEqual([]);
}

async function rowsIn(momIds: readonly string[]): Promise<number> {
  const marks = momIds.map(() => "?").join();
  const statement = `SELECT count(*) AS n FROM tokens WHERE mom_id IN (${marks})`;
  return Number(
    await env.DIRECTORY.prepare(statement)
      .bind(...momIds)
      .first("n"),
  );
}

describe("a family that expired", () => {
  it("holds no secret a second after its time, and after the retention time no table and no row", async () => {
    stopClock();
    const root = await parentToken("plain", { restrictions: [{ exp: "+1h" }], rotation: { on_AT: true } });
    const child = await subtokenOf(root, { response_type: "token" });
    const objects = [root.object, child.object, root.grant];
    expect((await exchangeOf(root)).status).toBe(200);
    await pass(3602, objects);
    await expectSecretsGone([root, child]);
    expect(await loginRow(root.grant)).toMatchObject({ closed: expect.any(Number), sealed_refresh_token: null });
    expect(await exchangeOf(child)).toMatchObject(INVALID_TOKEN);
    expect(await rowsIn([root.momId, child.momId])).toBe(2);

    await pass(RETENTION - 10, objects);
    expect(await tokenRow(child.momId)).toMatchObject({ ended_by: "expired" });
    await pass(20, objects);
    await pass(10, objects);
    await expectEmpty([root.object, child.object]);
    expect(await rowsIn([root.momId, child.momId])).toBe(0);
    // Leaf by leaf: the root's row in the register goes after the child's.
    await pass(RETENTION, objects);
    await expectEmpty(objects);
  });

  it("an idle rotating one too, by its lifetime alone", async () => {
    stopClock();
    const token = await newToken("plain", { rotation: { on_AT: true, lifetime: 600 } });
    const objects = [token.object, token.grant];
    expect((await exchangeOf(token)).status).toBe(200);
    await pass(602, objects);
    await expectSecretsGone([token]);
    expect(await loginRow(token.grant)).toMatchObject({ sealed_refresh_token: null });
    await pass(RETENTION + 10, objects);
    await pass(RETENTION + 10, objects);
    await expectEmpty(objects);
  });
});

it("a family that was revoked: secrets at once, tables and rows after the retention time", async () => {
  stopClock();
  const root = await parentToken("plain");
  const child = await subtokenOf(root);
  const objects = [root.object, child.object, root.grant];
  expect((await revoke(root, true)).status).toBe(204);
  expect(await loginRow(root.grant)).toMatchObject({ sealed_refresh_token: null });
  await expectSecretsGone([root]);
  await pass(1, objects);
  await expectSecretsGone([root, child]);
  for (const _ of [1, 2, 3]) await pass(RETENTION + 10, objects);
  await expectEmpty(objects);
  expect(await rowsIn([root.momId, child.momId])).toBe(0);
});

it("a login that nobody collected: token, grant and flow", async () => {
  const user = someUser();
  const flow = await begin();
  expect((await finish(flow, { user })).status).toBe(303);
  const grant = await grantObject(flow);
  const momId = await momIdOf(flow);
  const token = env.MYTOKEN.getByName(momId);
  const objects = [flowObject(flow), grant, token];
  await pass(400, objects);
  expect(await loginRow(grant)).toMatchObject({ closed: expect.any(Number), sealed_refresh_token: null });
  expect(await tokenRow(momId)).toMatchObject({ state: "ended", wrapped_key: null });
  await pass(3700, objects);
  await expectEmpty([flowObject(flow)]);
  for (const _ of [1, 2, 3]) await pass(RETENTION + 10, objects);
  await expectEmpty(objects);
  expect(await rowsIn([momId])).toBe(0);
});

it("a new token whose transfer code nobody redeemed: token and grant", async () => {
  stopClock();
  const from = elsewhere();
  const flow = await start({ from, request: { response_type: "transfer_code" } });
  await finish(flow, { user: someUser(), from });
  const { body } = await pollFrom(flow, from);
  const momId = String(body["mom_id"]);
  const grant = env.GRANT.getByName((await tokenRow(momId))!.grant_id);
  const objects = [env.MYTOKEN.getByName(momId), grant];
  await pass(302, objects);
  expect(await tokenRow(momId)).toMatchObject({ state: "ended", wrapped_key: null });
  expect(await loginRow(grant)).toMatchObject({ closed: expect.any(Number), sealed_refresh_token: null });
  const redeemed = await post(
    "/api/v0/token/my",
    { grant_type: "transfer_code", transfer_code: body["transfer_code"] },
    from,
  );
  expect(redeemed).toMatchObject({ status: 401, body: { error: "expired_token" } });
  for (const _ of [1, 2, 3]) await pass(RETENTION + 10, objects);
  await expectEmpty(objects);
  expect(await rowsIn([momId])).toBe(0);
});

async function momIdOf(flow: StartedFlow): Promise<string> {
  return (await flowRow(flow))?.mom_id ?? "";
}
