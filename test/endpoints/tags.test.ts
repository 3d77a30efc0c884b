/** Tags: a user's own, and on tokens (extended §3.6, §3.7). */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { recordToken } from "../../src/directory/tokens.ts";
import { answerOf, send } from "../fixtures/client.ts";
import { call, directoryAway, history, type Holder, holder, info, subtoken, successor } from "../fixtures/holder.ts";

afterEach(() => vi.restoreAllMocks());

const TAGS = "/settings/tags";
const MY_TAGS = "/token/my/tags";
const ALL = ["AT", "tokeninfo", "create_mytoken", "manage_mytokens", "settings"];
const INSUFFICIENT = { status: 403, body: { error: "insufficient_capabilities" } };

function badRequest(description: string) {
  return { status: 400, body: { error: "invalid_request", error_description: description } };
}

/** `tag color` of all of the user's tags. */
async function tagsOf(token: Holder): Promise<string[]> {
  const { status, body } = await call(token, "GET", TAGS);
  expect(status).toBe(200);
  return (body["tags"] as { tag: string; color: string }[]).map(({ tag, color }) => `${tag} ${color}`);
}

/** The tags that a token carries; `+`: what is below it, too. */
async function carried(token: Holder): Promise<string[]> {
  const { body } = await info(token, "introspect");
  const tags = (body["tags"] ?? []) as { tag: string; include_children: boolean }[];
  return tags.map(({ tag, include_children: below }) => (below ? `${tag}+` : tag));
}

function put(token: Holder, tag: string, request: Record<string, unknown> = {}) {
  return call(token, "POST", MY_TAGS, { tag, ...request });
}

function take(token: Holder, tag: string, request: Record<string, unknown> = {}) {
  return call(token, "DELETE", MY_TAGS, { tag, ...request });
}

describe("a user's tags", () => {
  it("are made, changed and deleted", async () => {
    const token = await holder({ capabilities: ALL });
    expect(await tagsOf(token)).toEqual([]);
    expect(await call(token, "POST", `${TAGS}/work`, { color: "#Ff0000" })).toMatchObject({ status: 204 });
    for (const body of ["", "null", "{}", '{"color":""}']) {
      expect(await call(token, "POST", `${TAGS}/grid`, body)).toMatchObject({ status: 204 });
    }
    expect(await call(token, "POST", `${TAGS}/work`, { color: "00ff00" })).toMatchObject({ status: 204 });
    expect(await tagsOf(token)).toEqual(["grid 2E20D9", "work Ff0000"]);
    expect(await call(token, "PUT", `${TAGS}/work`, { color: "00FF00" })).toMatchObject({ status: 204 });
    expect(await call(token, "PUT", `${TAGS}/work`, { tag: "job" })).toMatchObject({ status: 204 });
    expect(await tagsOf(token)).toEqual(["grid 2E20D9", "job 00FF00"]);
    expect(await call(token, "PUT", `${TAGS}/job`, { tag: "job", color: "#111111" })).toMatchObject({ status: 204 });
    expect(await call(token, "DELETE", `${TAGS}/grid`, "null\n")).toMatchObject({ status: 204 });
    expect(await call(token, "DELETE", `${TAGS}/grid`)).toMatchObject({ status: 204 });
    expect(await tagsOf(token)).toEqual(["job 111111"]);
    const events = (await history(token)).map(({ event, comment }) => [event, comment].filter(Boolean).join(" "));
    expect(events).toEqual(
      expect.arrayContaining([
        "tags_listed",
        "tag_created work",
        "tag_updated work",
        "tag_updated job",
        "tag_deleted grid",
      ]),
    );
    expect(await tagsOf(await holder({ capabilities: ALL }))).toEqual([]);
    expect(await tagsOf(await holder({ capabilities: ["read@settings:tags"] }, token.user))).toHaveLength(1);
  });

  it("are compared exactly, and may hold any character, escaped or not", async () => {
    const token = await holder({ capabilities: ALL });
    for (const path of ["a", "A", "a/b", "a%2Fc", "50%", "x%20y", "a+b", "%C3%A4", "__proto__", "tags/", "Ö"]) {
      expect(await call(token, "POST", `${TAGS}/${path}`, {}), path).toMatchObject({ status: 204 });
    }
    const names = (await tagsOf(token)).map((line) => line.slice(0, -7));
    expect(names).toEqual(["A", "a", "a/b", "a/c", "a+b", "50%", "x y", "ä", "__proto__", "tags", "Ö"].sort());
    expect(await call(token, "DELETE", `/Settings/TAGS/a/b`)).toMatchObject({ status: 204 });
    expect(await tagsOf(token)).toHaveLength(names.length - 1);
  });

  it("are neither renamed to one that is there, nor changed if they are not", async () => {
    const token = await holder({ capabilities: ALL });
    await call(token, "POST", `${TAGS}/one`, { color: "111111" });
    await call(token, "POST", `${TAGS}/two`, { color: "222222" });
    const taken = { tag: "two", color: "333333" };
    expect(await call(token, "PUT", `${TAGS}/one`, taken)).toMatchObject({
      status: 409,
      body: { error: "invalid_request" },
    });
    expect(await call(token, "PUT", `${TAGS}/three`, { color: "333333" })).toMatchObject({
      status: 404,
      body: { error: "not_found" },
    });
    expect(await tagsOf(token)).toEqual(["one 111111", "two 222222"]);
  });

  it.each([
    ["POST", "x".repeat(65), {}, "a tag has from 1 to 64 characters"],
    ["POST", "x", { color: "red" }, "color: expected six hexadecimal digits"],
    ["POST", "x", { color: "#12345" }, "color: expected six hexadecimal digits"],
    ["POST", "x", { color: '"><b>' }, "color: expected six hexadecimal digits"],
    ["POST", "x", { color: 5 }, "color: expected string"],
    ["POST", "x", [], "the body is not a JSON object"],
    ["PUT", "x", {}, "no supported request parameter given"],
    ["PUT", "x", { tag: "", color: null }, "no supported request parameter given"],
    ["PUT", "x", { tag: "x".repeat(65) }, "a tag has from 1 to 64 characters"],
    ["DELETE", "x".repeat(65), undefined, "a tag has from 1 to 64 characters"],
  ])("refuse %s %s %j", async (method, name, body, description) => {
    const token = await holder({ capabilities: ALL });
    expect(await call(token, method, `${TAGS}/${name}`, body)).toMatchObject(badRequest(description));
  });

  it("need a token and the right to them", async () => {
    const reader = await holder({ capabilities: ["read@settings"] });
    expect(await tagsOf(reader)).toEqual([]);
    for (const method of ["POST", "PUT", "DELETE"]) {
      expect(await call(reader, method, `${TAGS}/x`, { color: "111111" })).toMatchObject(INSUFFICIENT);
      const init = { method, body: '{"color":"111111"}' };
      expect(await answerOf(await send(`/api/v0${TAGS}/x`, init))).toMatchObject({ status: 401 });
    }
    expect(await call(await holder(), "GET", TAGS)).toMatchObject(INSUFFICIENT);
    expect(await call(reader, "POST", TAGS, {})).toMatchObject({ status: 404 });
  });
});

describe("tags on tokens", () => {
  it("are shown wherever the token is", async () => {
    const token = await holder({ capabilities: ALL, name: "root" });
    expect(await put(token, "x")).toMatchObject({ status: 204 });
    expect(await put(token, "x")).toMatchObject({ status: 204 });
    expect(await carried(token)).toEqual(["x"]);
    expect(await tagsOf(token)).toEqual(["x 8CDC16"]);
    const tags = [{ tag: "x", color: "8CDC16", include_children: false }];
    expect((await info(token, "subtokens")).body["mytokens"]).toMatchObject({ token: { tags } });
    expect((await info(token, "list_mytokens")).body["mytokens"]).toMatchObject([{ token: { tags } }]);
    expect(await take(token, "x")).toMatchObject({ status: 204 });
    expect(await take(token, "x")).toMatchObject({ status: 204 });
    expect(await carried(token)).toEqual([]);
    expect((await history(token))[1]).toMatchObject({ event: "tag_removed_from_token", comment: "x" });
  });

  it("reach what is below, now and later, and each can be taken off", async () => {
    const root = await holder({ capabilities: ALL });
    const child = await subtoken(root);
    expect(await put(root, "team", { include_children: true })).toMatchObject({ status: 204 });
    expect(await put(root, "own")).toMatchObject({ status: 204 });
    const grandchild = await subtoken(child);
    const later = await subtoken(root);
    expect(await carried(root)).toEqual(["own", "team+"]);
    for (const token of [child, grandchild, later]) expect(await carried(token)).toEqual(["team+"]);
    expect(await take(child, "team")).toMatchObject({ status: 204 });
    for (const token of [child, grandchild]) expect(await carried(token)).toEqual([]);
    expect(await carried(later)).toEqual(["team+"]);
    // The flag of the request does not matter, the one of the tag does.
    expect(await take(root, "team", { include_children: false })).toMatchObject({ status: 204 });
    expect(await carried(later)).toEqual([]);
  });

  it("change their reach when they are put on again", async () => {
    const root = await holder({ capabilities: ALL });
    const child = await subtoken(root);
    await put(root, "x");
    await put(root, "x", { include_children: true });
    expect(await carried(child)).toEqual(["x+"]);
    await put(root, "x", { include_children: false });
    expect(await carried(root)).toEqual(["x"]);
  });

  it("follow a tag that is renamed or deleted, and end with the token", async () => {
    const token = await holder({ capabilities: ALL });
    await put(token, "one");
    await put(token, "two");
    await call(token, "PUT", `${TAGS}/one`, { tag: "uno" });
    expect(await carried(token)).toEqual(["two", "uno"]);
    await call(token, "DELETE", `${TAGS}/two`);
    expect(await carried(token)).toEqual(["uno"]);
    await env.DIRECTORY.prepare("DELETE FROM tokens WHERE mom_id = ?").bind(token.momId).run();
    expect(await carried(token)).toEqual([]);
  });

  it("go by mom_id to what is below, and with more rights to any token of the user", async () => {
    const root = await holder({ capabilities: ["tokeninfo", "create_mytoken"] });
    const child = await subtoken(root);
    expect(await put(root, "x", { mom_id: child.momId })).toMatchObject({ status: 204 });
    expect(await put(root, "y", { mom_id: root.momId })).toMatchObject({ status: 204 });
    expect(await put(root, "z", { mom_id: "" })).toMatchObject({ status: 204 });
    expect(await carried(child)).toEqual(["x"]);
    expect(await carried(root)).toEqual(["y", "z"]);
    expect((await history(root)).filter(({ event }) => event.startsWith("tag_")).map(({ event }) => event)).toEqual([
      "tag_added_to_token",
      "tag_added_to_token",
      "tag_added_to_other_token",
    ]);
    expect(await put(child, "x", { mom_id: root.momId })).toMatchObject({
      status: 403,
      body: {
        error: "insufficient_capabilities",
        error_description:
          "The provided token is neither a parent of the subject token nor does it have the 'manage_mytokens:tags' capability",
      },
    });
    const manager = await holder({ capabilities: ["manage_mytokens:tags"] }, root.user);
    for (const momId of [root.momId, manager.momId, ""]) {
      expect(await put(manager, "m", { mom_id: momId })).toMatchObject({ status: 204 });
    }
    expect(await carried(root)).toEqual(["m", "y", "z"]);
    expect(await take(manager, "m", { mom_id: root.momId })).toMatchObject({ status: 204 });
    expect(await carried(root)).toEqual(["y", "z"]);
    const plain = await holder({ capabilities: ["AT", "tokeninfo:introspect"] }, root.user);
    expect(await put(plain, "x")).toMatchObject(INSUFFICIENT);
  });

  it("never reach somebody else's token, which is as unknown as one that does not exist", async () => {
    const token = await holder({ capabilities: ALL });
    const stranger = await holder();
    for (const momId of [stranger.momId, "AAAA", "0".repeat(22), token.momId.toLowerCase()]) {
      for (const change of [put, take]) {
        expect(await change(token, "x", { mom_id: momId })).toMatchObject({
          status: 403,
          body: {
            error: "invalid_grant",
            error_description: "The provided token cannot be used to manage this mom_id",
          },
        });
      }
    }
    expect(await carried(stranger)).toEqual([]);
    expect(await tagsOf(token)).toEqual([]);
  });

  it("are inherited in whatever order D1 hears of the tokens", async () => {
    const root = await holder({ capabilities: ALL });
    await put(root, "x", { include_children: true });
    const row = await env.DIRECTORY.prepare("SELECT * FROM tokens JOIN users USING (owner) WHERE mom_id = ?")
      .bind(root.momId)
      .first<Record<string, string>>();
    const record = (momId: string, parent: string) =>
      recordToken(env.DIRECTORY, { ...row, mom_id: momId, parent, state: "live", version: 1, tags: [] } as never);
    const [child, grandchild] = [`${root.momId} child`, `${root.momId} grandchild`];
    const tagged = async (momId: string) =>
      (await env.DIRECTORY.prepare("SELECT tag FROM token_tags WHERE mom_id = ?").bind(momId).all()).results.length;
    await record(grandchild, child);
    expect(await tagged(grandchild)).toBe(0);
    await record(child, root.momId);
    expect(await tagged(child)).toBe(1);
    expect(await tagged(grandchild)).toBe(1);
    await env.DIRECTORY.prepare("DELETE FROM token_tags WHERE mom_id = ?").bind(child).run();
    await record(child, root.momId);
    expect(await tagged(child)).toBe(0);
  });

  it.each([
    [{}, "tag must not be empty"],
    [{ tag: "" }, "tag must not be empty"],
    [{ tag: null }, "tag must not be empty"],
    [{ tag: "x".repeat(65) }, "a tag has from 1 to 64 characters"],
    [{ tag: 5 }, "tag: expected string"],
    [{ tag: "x", include_children: "yes" }, "include_children: expected boolean"],
    [{ tag: "x", mom_id: 5 }, "mom_id: expected string"],
    [{ tag: "x", mytoken: "x" }, "token not valid"],
  ])("refuse %j", async (body, description) => {
    for (const method of ["POST", "DELETE"]) {
      const init = { method, body: JSON.stringify(body) };
      expect(await answerOf(await send(`/api/v0${MY_TAGS}`, init))).toMatchObject(badRequest(description));
    }
  });
});

const CALLS = [
  ["GET", TAGS, undefined],
  ["POST", `${TAGS}/x`, {}],
  ["PUT", `${TAGS}/old`, { color: "111111" }],
  ["DELETE", `${TAGS}/x`, undefined],
  ["POST", MY_TAGS, { tag: "x" }],
  ["DELETE", MY_TAGS, { tag: "x" }],
] as const;

it.each(CALLS)("%s %s is charged, rotates, and is 503 without D1", async (method, path, body) => {
  const maker = await holder({ capabilities: ["settings"] });
  await call(maker, "POST", `${TAGS}/old`);
  const request = { capabilities: ALL, restrictions: [{ usages_other: 1 }], rotation: { on_other: true } };
  const token = await holder(request, maker.user);
  directoryAway();
  const away = await call(token, method, path, body);
  expect(away).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
  vi.restoreAllMocks();
  const answer = await call(token, method, path, body);
  expect(answer).toMatchObject({ status: 200, body: { token_update: { mom_id: token.momId } } });
  expect(await call(successor(token, answer), method, path, body)).toMatchObject({
    status: 403,
    body: { error: "usage_restricted" },
  });
});

describe("tags that a request puts on a new token", () => {
  it("are on it from the start, at a login and on a subtoken; what does not exist is made", async () => {
    const tags = [{ tag: "grid", include_children: true }, { tag: "job" }];
    const root = await holder({ capabilities: ALL, tags });
    expect(await carried(root)).toEqual(["grid+", "job"]);
    const child = await subtoken(root, { tags: [{ tag: "night", include_children: null }] });
    expect(await carried(child)).toEqual(["grid+", "night"]);
    expect((await tagsOf(root)).map((tag) => tag.split(" ")[0])).toEqual(["grid", "job", "night"]);
  });

  it("stay off once they are taken off, although the directory hears of the token again", async () => {
    const root = await holder({ capabilities: ALL, tags: [{ tag: "job" }] });
    await take(root, "job");
    await env.DIRECTORY.prepare("UPDATE tokens SET version = 0 WHERE mom_id = ?").bind(root.momId).run();
    await runInDurableObject(env.MYTOKEN.getByName(root.momId), (object, { storage }) => {
      storage.sql.exec("UPDATE token SET directory_sent = 0");
      return object.publish();
    });
    expect(await carried(root)).toEqual([]);
  });

  it.each([
    ["no list", "x"],
    ["no text", [{ tag: 5 }]],
    ["empty", [{ tag: "" }]],
    ["too many", Array.from({ length: 21 }, (_, index) => ({ tag: `t${index}` }))],
  ])("%s: refused", async (_, tags) => {
    const root = await holder({ capabilities: ALL });
    const request = { grant_type: "mytoken", mytoken: root.text, tags };
    const answer = await answerOf(
      await send("/api/v0/token/my", { method: "POST", body: JSON.stringify(request) }, root.from),
    );
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request" } });
  });
});
