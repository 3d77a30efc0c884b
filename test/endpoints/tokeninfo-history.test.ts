/** The tokeninfo action `event_history`: whose events, for whom (extended §2.2, Q30, QUIRK-16, QUIRK-17, golden 08). */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readToken } from "../../src/objects/mytoken/schema.ts";
import { exchange, login, post } from "../fixtures/client.ts";
import { fakeIssuer } from "../fixtures/fake-control.ts";
import { directoryAway, history, type Holder, holder, info, subtoken, successor } from "../fixtures/holder.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const ALL = ["AT", "tokeninfo", "create_mytoken"];

interface Family {
  readonly root: Holder;
  readonly child: Holder;
  readonly grandchild: Holder;
  readonly other: Holder;
}

/** root → child → grandchild, root → other; the last may only get access tokens. */
async function family(user?: string): Promise<Family> {
  const root = await holder({ capabilities: ALL, name: "root" }, user);
  const child = await subtoken(root, { capabilities: ALL, name: "child" });
  const grandchild = await subtoken(child, { capabilities: ALL, name: "grandchild" });
  const other = await subtoken(root, { capabilities: ["AT"], name: "other" });
  return { root, child, grandchild, other };
}

/** Who has events in an answer, and which. */
async function seen(token: Holder, ...momIds: string[]): Promise<Record<string, string[]>> {
  const events = await history(token, momIds.length === 0 ? undefined : momIds);
  const byToken = Map.groupBy(events, ({ mom_id: momId }) => momId);
  return Object.fromEntries([...byToken].map(([momId, list]) => [momId, list.map(({ event }) => event).toReversed()]));
}

const CREATED = ["created", "inherited_RT"];

describe("event_history", () => {
  it("tells of the token itself, newest first, with who did it and not of itself", async () => {
    const { root } = await family();
    expect((await exchange(root.text, {}, root.from)).status).toBe(200);
    const { body } = await info(root, "event_history");
    const events = body["events"] as Record<string, unknown>[];
    expect(events.map(({ event }) => event)).toEqual([
      "AT_created",
      "MT_created",
      "MT_created",
      "transfer_code_used",
      "created",
    ]);
    expect(events[0]).toEqual({
      event: "AT_created",
      time: expect.any(Number),
      comment: expect.any(String),
      ip: root.from.address,
      user_agent: "holder/1",
      mom_id: root.momId,
    });
    expect(events.at(-1)).toMatchObject({ comment: "Used grant_type oidc_flow authorization_code" });
    expect((await history(root))[0]).toMatchObject({ event: "tokeninfo_history" });
    for (const momIds of [[], null]) {
      expect(await info(root, "event_history", { mom_ids: momIds })).toMatchObject({ status: 200 });
    }
    expect((await history(root)).map(({ event }) => event)).not.toContain("tokeninfo_history_other_token");
  });

  it("knows the words `this`, `children`, `children@` and the mom_ids", async () => {
    const { root, child, grandchild, other } = await family();
    expect(Object.keys(await seen(root, "this"))).toEqual([root.momId]);
    const children = await seen(root, "children");
    expect(children).toEqual({
      [child.momId]: [...CREATED, "MT_created"],
      [grandchild.momId]: CREATED,
      [other.momId]: CREATED,
    });
    expect(await seen(root, `children@${child.momId}`)).toEqual({ [grandchild.momId]: CREATED });
    expect(await seen(root, `children@${root.momId}`)).toEqual(children);
    expect(await seen(root, grandchild.momId)).toEqual({ [grandchild.momId]: CREATED });
    expect(await seen(child, "children")).toEqual({ [grandchild.momId]: CREATED });
    expect(await seen(grandchild, "children")).toEqual({});
    expect(Object.keys(await seen(root, "this", "children")).length).toBe(4);
  });

  it("tells of a token as often as it is named", async () => {
    const { root, grandchild } = await family();
    const { momId } = grandchild;
    expect(await seen(root, momId, momId)).toEqual({
      [momId]: [...CREATED, ...CREATED],
    });
  });

  it("is sorted by time over all tokens, and capped", async () => {
    const { root, child } = await family();
    vi.useFakeTimers({ toFake: ["Date"] });
    const start = Date.now();
    for (const [index, token] of [root, child, root, child].entries()) {
      vi.setSystemTime(start + (index + 1) * 2000);
      await info(token, "introspect");
    }
    const events = await history(root, ["this", "children"]);
    const introspections = events.filter(({ event }) => event === "tokeninfo_introspect");
    expect(introspections.map(({ mom_id: momId }) => momId)).toEqual([child, root, child, root].map((t) => t.momId));
    const times = events.map(({ time }) => time);
    expect(times).toEqual([...times].sort((one, other) => other - one));

    await runInDurableObject(env.MYTOKEN.getByName(root.momId), (instance) => {
      const open = instance as unknown as { env: object };
      open.env = { ...open.env, HISTORY_LIMIT: "3" };
    });
    expect(await history(root, ["this", "children"])).toHaveLength(3);
  });

  it("goes on without D1", async () => {
    const { root, child, grandchild } = await family();
    const manager = await holder({ capabilities: ["manage_mytokens:history"] }, root.user);
    directoryAway();
    expect(Object.keys(await seen(root)).length).toBe(1);
    expect(Object.keys(await seen(root, "children")).length).toBe(3);
    expect(await seen(manager, `children@${child.momId}`)).toEqual({ [grandchild.momId]: CREATED });
  });

  it("of a token that rotates goes on under its mom_id", async () => {
    const root = await holder({ capabilities: ALL });
    const child = await subtoken(root, {
      capabilities: ALL,
      restrictions: [{ usages_other: 9 }],
      rotation: { on_other: true },
    });
    const next = successor(child, await info(child, "event_history"));
    await info(next, "introspect");
    const events = (await seen(root, child.momId))[child.momId];
    expect(events).toEqual([...CREATED, "tokeninfo_history", "token_rotated", "tokeninfo_introspect"]);
  });
});

describe("access", () => {
  const insufficient = (momId: string) => ({
    status: 403,
    body: {
      error: "insufficient_capabilities",
      error_description: `The provided token is neither a parent of the token with mom_id '${momId}' nor does it have the 'manage_mytokens:history' capability`,
    },
  });
  const notYours = (momId: string) => ({
    status: 403,
    body: {
      error: "invalid_grant",
      error_description: `The provided token cannot be used to obtain history for mom_id '${momId}'`,
    },
  });
  const ask = (token: Holder, ...momIds: string[]) => info(token, "event_history", { mom_ids: momIds });

  it("to what is below needs the right to see one's own history; to anything else, to see any", async () => {
    const { root, child, grandchild, other } = await family();
    expect(await ask(child, root.momId)).toMatchObject(insufficient(root.momId));
    expect(await ask(child, other.momId)).toMatchObject(insufficient(other.momId));
    expect(await ask(child, grandchild.momId, other.momId)).toMatchObject(insufficient(other.momId));
    expect(await ask(child, `children@${root.momId}`)).toMatchObject(insufficient(root.momId));
    expect(await ask(child, child.momId)).toMatchObject({ status: 200 });
    const plain = { status: 403, body: { error_description: expect.stringContaining("required capability") } };
    for (const word of ["this", "children", other.momId]) expect(await ask(other, word)).toMatchObject(plain);
    expect(await info(other, "event_history")).toMatchObject(plain);
  });

  it("with the right to see any history is to every token of the user, words included", async () => {
    const { root, child, grandchild } = await family();
    const manager = await holder({ capabilities: ["manage_mytokens:history", "create_mytoken"] }, root.user);
    const below = await subtoken(manager, { capabilities: ["create_mytoken"] });
    expect(await seen(manager, child.momId)).toMatchObject({ [child.momId]: [...CREATED, "MT_created"] });
    expect(await seen(manager, `children@${child.momId}`)).toEqual({ [grandchild.momId]: CREATED });
    expect(await seen(manager, "children")).toEqual({ [below.momId]: CREATED });
    for (const word of ["this", manager.momId]) expect(await ask(manager, word)).toMatchObject({ status: 200 });
    expect(await info(manager, "event_history")).toMatchObject({ status: 403 });
  });

  it("to another user's token is refused like to one that does not exist", async () => {
    const { root, child } = await family();
    const manager = await holder({ capabilities: ["manage_mytokens:history"] }, root.user);
    const stranger = await holder();
    const unknown = [
      "AAAA",
      "0".repeat(22),
      "",
      child.momId.toLowerCase(),
      child.momId.toUpperCase(),
      "THIS",
      "x".repeat(1000),
    ];
    for (const momId of [stranger.momId, ...unknown]) {
      const shown = momId.slice(0, 128);
      expect(await ask(child, momId)).toMatchObject(insufficient(shown));
      expect(await ask(manager, momId)).toMatchObject(notYours(shown));
      expect(await ask(manager, `children@${momId}`)).toMatchObject(notYours(shown));
      expect(await ask(manager, child.momId, momId)).toMatchObject(notYours(shown));
    }
    // Nothing was written for names that name nothing.
    const empty = env.MYTOKEN.getByName("0".repeat(22));
    expect(await runInDurableObject(empty, (_, state) => readToken(state.storage.sql))).toBeNull();
    expect(await history(stranger)).toHaveLength(2);
  });

  it("of a user at another provider with the same name is refused", async () => {
    const { root } = await family();
    const request = { capabilities: ["manage_mytokens:history"] };
    const namesake = await login({ issuer: fakeIssuer("never"), user: root.user, request });
    const asked = { action: "event_history", mytoken: namesake.mytoken, mom_ids: [root.momId] };
    expect(await post("/api/v0/tokeninfo", asked)).toMatchObject(notYours(root.momId));
  });

  it("to a revoked token ends, to an expired one stays", async () => {
    const exp = Math.floor(Date.now() / 1000) + 50;
    const { root, child, grandchild } = await family();
    const expiring = await subtoken(root, { capabilities: ["AT"], restrictions: [{ exp }] });
    const manager = await holder({ capabilities: ["manage_mytokens:history"] }, root.user);
    await post("/api/v0/token/revoke", { token: child.text }, child.from);
    expect(await ask(root, child.momId)).toMatchObject({ status: 403 });
    expect(await ask(manager, child.momId)).toMatchObject(notYours(child.momId));
    // What lives below the dead is still below.
    expect(Object.keys(await seen(root, "children"))).toContain(grandchild.momId);
    expect(Object.keys(await seen(root, "children"))).not.toContain(child.momId);
    expect(await seen(root, grandchild.momId)).toEqual({ [grandchild.momId]: CREATED });
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime((exp + 5) * 1000);
    expect(await seen(root, expiring.momId)).toEqual({ [expiring.momId]: CREATED });
    expect(await seen(manager, expiring.momId)).toEqual({ [expiring.momId]: CREATED });
  });

  it("that is refused is not charged and not logged", async () => {
    const root = await holder({ capabilities: ["AT", "tokeninfo", "create_mytoken", "manage_mytokens:history"] });
    const restrictions = [{ usages_other: 1 }];
    const token = await subtoken(root, { capabilities: ["tokeninfo", "manage_mytokens:history"], restrictions });
    const stranger = await holder();
    for (let attempt = 0; attempt < 3; attempt++) {
      expect(await ask(token, stranger.momId)).toMatchObject(notYours(stranger.momId));
    }
    expect(await ask(token, "this")).toMatchObject({ status: 200 });
    expect(await ask(token, "this")).toMatchObject({ status: 403, body: { error: "usage_restricted" } });
    expect((await seen(root, token.momId))[token.momId]).toEqual([...CREATED, "tokeninfo_history_other_token"]);
  });
});

describe("at most 200 tokens", () => {
  const TOO_MANY = {
    status: 400,
    body: { error: "invalid_request", error_description: expect.stringContaining("200") },
  };

  /** Enters members without objects into the register of a token's family. */
  async function crowd({ momId }: Holder, count: number): Promise<void> {
    const object = env.MYTOKEN.getByName(momId);
    const grantId = await runInDurableObject(object, (_, state) => readToken(state.storage.sql)?.grant_id);
    const grant = env.GRANT.getByName(grantId!);
    await runInDurableObject(grant, (_, state) => {
      for (let index = 0; index < count; index++) {
        const member = `${String(index).padStart(3, "0")}${momId.slice(3)}`;
        state.storage.sql.exec(
          "INSERT INTO member (mom_id, parent, state, since) VALUES (?, ?, 'live', 0)",
          member,
          momId,
        );
      }
    });
  }

  it("are children of one request; more is refused, and not charged", async () => {
    const token = await holder({ capabilities: ALL, restrictions: [{ usages_other: 3 }] });
    await crowd(token, 200);
    expect(await info(token, "event_history", { mom_ids: ["children"] })).toMatchObject({ status: 200 });
    expect(await info(token, "event_history", { mom_ids: ["children", "this"] })).toMatchObject(TOO_MANY);
    await subtoken(token, { capabilities: ["AT"] });
    expect(await info(token, "event_history", { mom_ids: ["children"] })).toMatchObject(TOO_MANY);
    expect(await info(token, "event_history", { mom_ids: ["this"] })).toMatchObject({ status: 200 });
  });

  it("may be named", async () => {
    const token = await holder({ capabilities: ALL });
    expect(await info(token, "event_history", { mom_ids: Array(200).fill("this") })).toMatchObject({ status: 200 });
    expect(await info(token, "event_history", { mom_ids: Array(201).fill("this") })).toMatchObject(TOO_MANY);
  });
});
