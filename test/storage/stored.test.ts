/**
 * What an earlier version has stored, read by the present code: test/fixtures/stored/, made by test/node/stored/make.ts
 * with the Worker of that time. The clock is set to shortly after.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { tokensOf } from "../../src/directory/lists.ts";
import { readToken } from "../../src/objects/mytoken/schema.ts";
import { decodeMytoken } from "../../src/signer/decode.ts";
import { momIdOf } from "../../src/token/ids.ts";
import { fakeLog } from "../fixtures/fake-control.ts";
import { runAlarms } from "../fixtures/tokens.ts";
import { KINDS, PRESENT } from "./later-code.ts";
import { load, loadAndServeLater, newTables, statementsOf, STORED, versionOf } from "./stored.ts";

const CALLER = { address: "2001:db8:5::1", country: null, userAgent: "stored/1" };

/** Each state as it was stored; and as code of a later version left it, which served it until it was rolled back. */
const STATES = STORED.flatMap(([name, state]) => [
  { name, state, put: load, steps: 0 },
  { name: `${name}, served by later code`, state, put: loadAndServeLater, steps: 1 },
]);

describe.each(STATES)("$name", ({ state, put, steps }) => {
  const { texts } = state;
  const presented = (name: string) => ({ form: "token" as const, text: texts[name] ?? "" });
  const momId = (name: string) => momIdOf(decodeMytoken(texts[name] ?? "").jti);
  const object = async (name: string) => env.MYTOKEN.getByName(await momId(name));
  const introspect = async (name: string) =>
    (await object(name)).introspect({ presented: presented(name), caller: CALLER });

  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime((state.made + 20) * 1000);
    await put(state);
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  it("a mytoken still opens its login's refresh token, which goes to the provider", async () => {
    const seen = async () => {
      const sent = (await fakeLog("plain")).requests.flatMap(({ form }) => form["refresh_token"] ?? []);
      return sent.filter((one) => texts.refreshTokens.includes(one)).length;
    };
    const before = await seen();
    for (const name of ["root", "child"]) {
      const answer = await (
        await object(name)
      ).exchange({ presented: presented(name), caller: CALLER, scopes: [], audiences: [] });
      // The provider of this run does not know it.
      expect(answer).toMatchObject({ ok: false, refusal: { reason: "provider_refused", error: "invalid_grant" } });
    }
    expect((await seen()) - before).toBe(2);
  });

  it("uses, events and tags are as they were", async () => {
    const child = await introspect("child");
    expect(child).toMatchObject({
      value: { claims: { name: "child", restrictions: [{ usages_AT: 2, usages_AT_done: 1 }] } },
    });
    const root = await introspect("root");
    expect(root).toMatchObject({ value: { claims: { name: "root" }, tags: [{ tag: "stored tag" }] } });
    const history = await (
      await object("root")
    ).eventHistory({ presented: presented("root"), caller: CALLER, momIds: [] });
    if (!history.ok) throw new Error(history.refusal.reason);
    const events = history.value.value.map(({ event }) => event);
    expect(events).toEqual(expect.arrayContaining(["AT_created", "MT_created", "transfer_code_created"]));
  });

  it("a revoked token stays revoked", async () => {
    expect(await introspect("ended")).toMatchObject({ ok: false, refusal: { reason: "token_ended", how: "revoked" } });
  });

  it("a short token is still one", async () => {
    const text = texts["short"] ?? "";
    const short = { form: "short_token" as const, secret: text.slice(26, 58) };
    const answer = await env.MYTOKEN.getByName(text.slice(4, 26)).introspect({ presented: short, caller: CALLER });
    expect(answer).toMatchObject({ ok: true, value: { form: "short_token", claims: { name: "short" } } });
  });

  it("a transfer code can be redeemed, once", async () => {
    const root = await object("root");
    const [row] = await runInDurableObject(root, (_, { storage }) =>
      storage.sql.exec<{ key: string }>("SELECT key FROM transfer_code").toArray(),
    );
    const redeem = () => root.redeem(row?.key ?? "", texts["root"] ?? "", CALLER);
    expect(await redeem()).toMatchObject({ ok: true, value: { text: texts["root"] } });
    expect(await redeem()).toMatchObject({ ok: false });
  });

  it("the predecessor of a rotated token still finds its successor", async () => {
    const rotating = await object("predecessor");
    const use = { caller: CALLER, scopes: [], audiences: [] };
    const known = await rotating.introspect({ presented: presented("predecessor"), caller: CALLER });
    expect(known).toMatchObject({ ok: true });
    const transfer = await rotating.exchange({ presented: presented("successor"), ...use });
    expect(transfer).toMatchObject({ ok: false, refusal: { reason: "provider_refused" } });
    const reuse = await rotating.exchange({ presented: presented("predecessor"), ...use });
    expect(reuse).toMatchObject({ ok: false, refusal: { reason: "token_reused", revoked: false } });
  });

  it("a login that waits for approval can be seen, declined and polled", async () => {
    const flow = env.AUTHORIZATION.getByName((texts["pendingConsent"] ?? "").slice(0, 8));
    expect(await flow.view(texts["pendingConsent"] ?? "")).toMatchObject({
      ok: true,
      value: { request: { name: "pending" } },
    });
    const poll = () => flow.collect(texts["pendingPolling"] ?? "", CALLER);
    expect(await poll()).toMatchObject({ ok: false, refusal: { reason: "authorization_pending" } });
    await flow.decline(texts["pendingConsent"] ?? "");
    expect(await poll()).toMatchObject({ ok: false, refusal: { reason: "declined" } });
  });

  it("a finished login can be collected", async () => {
    const code = texts["finishedPolling"] ?? "";
    const collected = await env.AUTHORIZATION.getByName(code.slice(0, 8)).collect(code, CALLER);
    if (!collected.ok) throw new Error(collected.refusal.reason);
    const { text } = collected.value;
    const found = await env.MYTOKEN.getByName(collected.value.momId).introspect({
      presented: { form: "token", text },
      caller: CALLER,
    });
    expect(found).toMatchObject({ ok: true, value: { claims: { name: "finished" } } });
  });

  it("revocation reaches what is below, and the alarms run", async () => {
    const root = await object("root");
    expect(await root.revoke({ presented: presented("root"), caller: CALLER }, true)).toMatchObject({ ok: true });
    const use = { presented: presented("child"), caller: CALLER, scopes: [], audiences: [] };
    expect(await (await object("child")).exchange(use)).toMatchObject({ ok: false });
    const grantId = await runInDurableObject(root, (_, { storage }) => readToken(storage.sql)?.grant_id ?? "");
    await runAlarms(env.GRANT.getByName(grantId));
    const child = await runInDurableObject(await object("child"), (_, { storage }) => readToken(storage.sql));
    expect(child).toMatchObject({ state: "ended", wrapped_key: null });
  });

  it("survives that the objects leave memory, in its version", async () => {
    const root = { kind: "MYTOKEN", name: await momId("root") } as const;
    for (const _round of [1, 2]) {
      expect(await introspect("root")).toMatchObject({ ok: true });
      expect(await versionOf(root)).toBe(PRESENT.MYTOKEN + steps);
      await evictDurableObject(await object("root"));
    }
  });

  it("the directory lists the same tokens, its settings are kept", async () => {
    const { sub } = decodeMytoken(texts["root"] ?? "");
    const names = (await tokensOf(env.DIRECTORY, sub)).map(({ name }) => name);
    expect(new Set(names)).toEqual(new Set(["child", "finished", "root", "rotating", "short"]));
    const { results } = await env.DIRECTORY.prepare("SELECT grant_type, enabled FROM grant_types").all();
    expect(results).toEqual([{ grant_type: "mytoken", enabled: 1 }]);
  });
});

describe("there is a stored state of the present version", () => {
  const [, newest] = STORED.toSorted(([one], [other]) => other.localeCompare(one, "en", { numeric: true }))[0] ?? [];

  it.each(KINDS)("of %s, and it has the present tables: a change of them is one more step", async (kind) => {
    const stored = newest?.objects.find((one) => one.kind === kind);
    if (!newest || !stored) throw new Error("no stored state");
    await load(newest);
    expect(await versionOf(stored)).toBe(PRESENT[kind]);
    expect(await statementsOf(stored)).toEqual(await newTables(kind));
  });
});
