/** Names in requests for tokens: from the directory, from memory, from what was shipped. */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { start, HERE } from "../fixtures/client.ts";
import { AWAY, call, create, startWith } from "../profiles/operator.ts";
import { flowRow, later } from "../storage/inside.ts";

afterEach(() => {
  vi.useRealTimers();
});

const TIME = expect.any(Number);

/** A directory that counts its queries. */
function counting() {
  let queries = 0;
  const prepare = (sql: string) => {
    queries++;
    return env.DIRECTORY.prepare(sql);
  };
  return { directory: { prepare }, queries: () => queries };
}

describe("a login start", () => {
  it("may name web-default, as oidc-agent does", async () => {
    const { request } = (await flowRow(await start({ request: { include: ["web-default"] } })))!;
    expect(request.capabilities).toEqual(["AT", "tokeninfo"]);
    expect(request.restrictions).toEqual([{ exp: TIME, hosts: [HERE], usages_AT: 15 }]);
  });

  it("may name agent, and templates of other groups", async () => {
    await create("profiles", "grp", "night", { rotation: "at-other-auto-revoke", name: "at night" });
    await create("restrictions", "other", "two", [{ scope: "a" }, { scope: "b" }]);
    const started = await startWith({ include: "agent @grp/night", restrictions: ["1d", "other/two"] });
    expect(started).toEqual({
      status: 200,
      capabilities: ["AT", "tokeninfo", "manage_mytokens", "create_mytoken", "settings"],
      restrictions: [{ exp: TIME }, { scope: "a" }, { scope: "b" }],
      rotation: { on_AT: true, on_other: true, auto_revoke: true },
      name: "at night",
    });
  });

  it.each([
    [{ include: "nowhere" }, "unknown include name: 'nowhere'"],
    [{ include: "GRP/night" }, "unknown include name: 'GRP/night'"],
    [{ include: ["constructor"] }, "unknown include name: 'constructor'"],
    [{ restrictions: "__proto__/__proto__" }, "unknown include name: '__proto__/__proto__'"],
    [{ capabilities: "@a/b/c" }, "malformed include name"],
    [{ include: Array.from({ length: 300 }, (_, n) => `n${n}`) }, "too many includes"],
  ])("is refused with %j", async (request, error_description) => {
    expect(await startWith(request)).toEqual({ status: 400, error: "invalid_request", error_description });
  });

  it("asks for 200 names at once in one query", async () => {
    const { directory, queries } = counting();
    const include = Array.from({ length: 200 }, (_, n) => `grp/many${n}`);
    expect(await startWith({ include }, { DIRECTORY: directory })).toMatchObject({ status: 400 });
    expect(queries()).toBe(1);
  });

  it("may name templates where the endpoints are switched off (Q52)", async () => {
    expect(await startWith({ include: "web-default" }, { PROFILES: "off" })).toMatchObject({ status: 200 });
  });

  it("uses no directory without names, and one query per level with them", async () => {
    const { directory, queries } = counting();
    expect(await startWith({ capabilities: ["AT"] }, { DIRECTORY: directory })).toMatchObject({ status: 200 });
    expect(queries()).toBe(0);
    await create("restrictions", "grp", "l1", { include: ["1d"] });
    await create("restrictions", "grp", "l2", { include: ["grp/l1"] });
    later(3600);
    await startWith({ restrictions: "grp/l2" }, { DIRECTORY: directory });
    expect(queries()).toBe(3);
    await startWith({ restrictions: "grp/l2" }, { DIRECTORY: directory });
    expect(queries()).toBe(3);
  });
});

describe("what was read", () => {
  it("holds for a minute against changes that this isolate has not made", async () => {
    await create("profiles", "grp", "elsewhere", { name: "before" });
    expect(await startWith({ include: "grp/elsewhere" })).toMatchObject({ name: "before" });
    await env.DIRECTORY.prepare(
      `UPDATE templates SET payload = '{"name":"after"}' WHERE grp = 'grp' AND name = 'elsewhere'`,
    ).run();
    expect(await startWith({ include: "grp/elsewhere" })).toMatchObject({ name: "before" });
    later(61);
    expect(await startWith({ include: "grp/elsewhere" })).toMatchObject({ name: "after" });
  });

  it("gives way at once to changes that it has made", async () => {
    const id = await create("profiles", "grp", "here", { name: "before" });
    expect(await startWith({ include: "grp/here" })).toMatchObject({ name: "before" });
    const body = { name: "here", payload: { name: "after" } };
    await call("PUT", `/pt/grp/profiles/${id}`, { as: "grp", body });
    expect(await startWith({ include: "grp/here" })).toMatchObject({ name: "after" });
    await call("PUT", `/pt/grp/profiles/${id}`, { as: "grp", body: { ...body, name: "there" } });
    expect(await startWith({ include: "grp/here" })).toMatchObject({ status: 400 });
    await call("DELETE", `/pt/grp/profiles/${id}`, { as: "grp" });
    expect(await startWith({ include: "grp/there" })).toMatchObject({ status: 400 });
    expect(await startWith({ include: "grp/there" }, { DIRECTORY: AWAY })).toMatchObject({ status: 503 });
  });

  it("forgets what another isolate deleted once it has seen it", async () => {
    await create("profiles", "grp", "deleted", { name: "n" });
    await env.DIRECTORY.prepare("DELETE FROM templates WHERE grp = 'grp' AND name = 'deleted'").run();
    later(61);
    expect(await startWith({ include: "grp/deleted" })).toMatchObject({ status: 400 });
    expect(await startWith({ include: "grp/deleted" }, { DIRECTORY: AWAY })).toMatchObject({ status: 503 });
  });
});

describe("while the directory is away", () => {
  const away = { DIRECTORY: AWAY };

  it("what was read before resolves, however long ago", async () => {
    await create("restrictions", "grp", "kept", { scope: "s", include: "1w" });
    await create("profiles", "grp", "kept", { restrictions: "grp/kept", capabilities: "AT" });
    expect(await startWith({ include: "grp/kept" })).toMatchObject({ status: 200 });
    later(30 * 86_400);
    expect(await startWith({ include: "grp/kept" }, away)).toMatchObject({
      status: 200,
      restrictions: [{ scope: "s", exp: TIME }],
    });
  });

  it("what was never read is 503, beside what was", async () => {
    await env.DIRECTORY.prepare(
      `INSERT INTO templates (id, kind, grp, name, payload) VALUES ('never', 'profiles', 'grp', 'never', '{"name":"n"}')`,
    ).run();
    for (const include of ["grp/never", "web-default grp/never", "nowhere"]) {
      expect(await startWith({ include }, away)).toMatchObject({ status: 503, error: "temporarily_unavailable" });
    }
    expect(await startWith({ include: "grp/never" })).toMatchObject({ status: 200, name: "n" });
    expect(await startWith({ include: "grp/never" }, away)).toMatchObject({ status: 200, name: "n" });
  });

  it("the shipped ones resolve unread, but as the operator made them if read", async () => {
    expect(await startWith({ rotation: "daily" }, away)).toMatchObject({ rotation: { lifetime: 86_400 } });
    const { list } = await call("GET", "/pt/rotation");
    const { id } = (list as { id: string; name: string }[]).find(({ name }) => name === "daily")!;
    await call("PUT", `/pt/rotation/${id}`, { as: "_", body: { name: "daily", payload: { lifetime: 5 } } });
    later(3600);
    expect(await startWith({ rotation: "daily" }, away)).toMatchObject({ rotation: { lifetime: 5 } });
  });

  it("and says nothing, the answer comes in time all the same", async () => {
    const silent = { prepare: () => ({ bind: () => ({ all: () => new Promise(() => {}) }) }) };
    expect(await startWith({ include: "grp/unheard" }, { DIRECTORY: silent })).toMatchObject({ status: 503 });
  });
});
