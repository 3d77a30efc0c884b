/** The tokeninfo actions `subtokens`, `list_mytokens` and `notifications` (extended §2.3-2.5). */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { post } from "../fixtures/client.ts";
import { someUser } from "../fixtures/fake-control.ts";
import { directoryAway, history, type Holder, holder, info, subtoken } from "../fixtures/holder.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const ALL = ["AT", "tokeninfo", "create_mytoken", "manage_mytokens"];
const UNAVAILABLE = { status: 503, body: { error: "temporarily_unavailable" } };

interface Tree {
  readonly token: Record<string, unknown>;
  readonly children?: readonly Tree[];
}

/** The names in a tree: `root(a(b) c)`. Siblings of one second have no order. */
function shape({ token, children = [] }: Tree): string {
  const below = children.map(shape).sort().join(" ");
  return `${String(token["name"])}${below === "" ? "" : `(${below})`}`;
}

async function shapeBelow(token: Holder): Promise<string> {
  const { status, body } = await info(token, "subtokens");
  expect(status).toBe(200);
  return shape(body["mytokens"] as Tree);
}

async function shapesOfAll(token: Holder): Promise<string[]> {
  const { status, body } = await info(token, "list_mytokens");
  expect(status).toBe(200);
  return (body["mytokens"] as Tree[]).map(shape).sort();
}

function revoke(token: Holder, recursive: boolean) {
  return post("/api/v0/token/revoke", { token: token.text, recursive }, token.from);
}

/** root → a → b, root → c. */
async function family(user = someUser()) {
  const root = await holder({ capabilities: ALL, name: "root" }, user);
  const a = await subtoken(root, { name: "a" });
  const b = await subtoken(a, { name: "b" });
  const c = await subtoken(root, { name: "c" });
  return { root, a, b, c };
}

describe("subtokens", () => {
  it("is one tree below the presented token", async () => {
    const { root, a, b } = await family();
    expect(await shapeBelow(root)).toBe("root(a(b) c)");
    expect(await shapeBelow(a)).toBe("a(b)");
    const { body } = await info(b, "subtokens");
    expect(body).toEqual({
      mytokens: { token: { mom_id: b.momId, name: "b", created: expect.any(Number), ip: b.from.address } },
    });
  });

  it("shows when a token expires, and nameless tokens as such", async () => {
    const exp = Math.floor(Date.now() / 1000) + 600;
    const token = await holder({ capabilities: ALL, restrictions: [{ exp }], rotation: { lifetime: 60 } });
    expect((await info(token, "subtokens")).body["mytokens"]).toMatchObject({ token: { name: "", expires_at: exp } });
    const idle = await holder({ capabilities: ALL, rotation: { lifetime: 60 } });
    const { token: entry } = (await info(idle, "subtokens")).body["mytokens"] as Tree;
    expect(entry).not.toHaveProperty("expires_at");
  });

  it("leaves out what was revoked, and what is below that", async () => {
    const { root, a, c } = await family();
    await revoke(c, false);
    expect(await shapeBelow(root)).toBe("root(a(b))");
    await revoke(a, false);
    expect(await shapeBelow(root)).toBe("root");
  });

  it("knows its own token before D1 does", async () => {
    const root = await holder({ capabilities: ALL, name: "root" });
    await env.DIRECTORY.prepare("DELETE FROM tokens WHERE mom_id = ?").bind(root.momId).run();
    expect(await shapeBelow(root)).toBe("root");
    expect(await shapesOfAll(root)).toEqual(["root"]);
  });

  it("is cut flat where it is deeper than anybody can walk", async () => {
    const { root, b } = await family();
    const insert = env.DIRECTORY.prepare(
      `INSERT INTO tokens (mom_id, parent, grant_id, owner, name, created, state, version)
       SELECT ?1, ?2, grant_id, owner, 'x', created, 'live', 1 FROM tokens WHERE mom_id = ?3`,
    );
    const names = Array.from({ length: 3000 }, (_, index) => `deep ${root.momId} ${index}`);
    await env.DIRECTORY.batch(names.map((name, index) => insert.bind(name, names[index - 1] ?? b.momId, root.momId)));
    const text = JSON.stringify((await info(root, "subtokens")).body);
    expect(text.split(`"deep `)).toHaveLength(3001);
    expect((await info(root, "list_mytokens")).status).toBe(200);
  });
});

describe("list_mytokens", () => {
  it("shows all tokens of the user as trees, and nobody else's", async () => {
    const { root } = await family();
    const second = await holder({ name: "second" }, root.user);
    await family();
    expect(await shapesOfAll(root)).toEqual(["root(a(b) c)", "second"]);
    expect(await info(second, "list_mytokens")).toMatchObject({ status: 403 });
  });

  it("is in the order of creation", async () => {
    const user = someUser();
    vi.useFakeTimers({ toFake: ["Date"] });
    const start = Date.now();
    const names = ["first", "second", "third"];
    let last: Holder | undefined;
    for (const [index, name] of names.entries()) {
      vi.setSystemTime(start + index * 2000);
      last = await holder({ capabilities: ALL, name }, user);
    }
    const { body } = await info(last!, "list_mytokens");
    expect((body["mytokens"] as Tree[]).map(({ token }) => token["name"])).toEqual(names);
  });

  it("makes roots of what was below a revoked token, and forgets what was revoked with it", async () => {
    const { root, a, b } = await family();
    await revoke(a, false);
    expect(await shapesOfAll(root)).toEqual(["b", "root(c)"]);
    await revoke(b, true);
    expect(await shapesOfAll(root)).toEqual(["root(c)"]);
  });

  it("keeps expired tokens until their retention time is over", async () => {
    const { root, c } = await family();
    const exp = Math.floor(Date.now() / 1000) + 20;
    const job = await subtoken(root, { name: "job", restrictions: [{ exp }] });
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime((exp + 60) * 1000);
    expect(await shapesOfAll(root)).toEqual(["root(a(b) c job)"]);
    const ended = "UPDATE tokens SET state = 'ended', ended = ? WHERE mom_id = ?";
    await env.DIRECTORY.prepare(ended)
      .bind(exp + 1, job.momId)
      .run();
    await env.DIRECTORY.prepare(ended)
      .bind(exp + 1, c.momId)
      .run();
    expect(await shapesOfAll(root)).toEqual(["root(a(b) job)"]);
  });

  it("tells users apart whose names differ in letter case", async () => {
    const user = someUser("case");
    const one = await holder({ capabilities: ALL, name: "one" }, user);
    await holder({ capabilities: ALL, name: "other" }, user.toUpperCase());
    expect(await shapesOfAll(one)).toEqual(["one"]);
  });
});

describe("without D1", () => {
  it("lists are unavailable, and nothing is charged or logged for it", async () => {
    const token = await holder({ capabilities: ALL, restrictions: [{ usages_other: 1 }] });
    directoryAway();
    for (const action of ["subtokens", "list_mytokens"]) {
      const answer = await info(token, action);
      expect(answer).toMatchObject(UNAVAILABLE);
      expect(Number(answer.headers.get("Retry-After"))).toBeGreaterThan(0);
    }
    const events = await history(token);
    expect(events.map(({ event }) => event)).toEqual(["transfer_code_used", "created"]);
    vi.restoreAllMocks();
    expect(await info(token, "subtokens")).toMatchObject({ status: 403, body: { error: "usage_restricted" } });
  });
});

describe("notifications", () => {
  it("are none yet: flat for one element, by element for several", async () => {
    const { root, a, b } = await family();
    const ask = (...momIds: string[]) => info(root, "notifications", { mom_ids: momIds });
    expect((await info(root, "notifications")).body).toEqual({});
    for (const momId of ["this", "children", a.momId]) {
      expect(await ask(momId)).toMatchObject({ status: 200, body: {} });
      expect((await ask(momId)).body).not.toHaveProperty("mom_id_mapping");
    }
    expect((await ask("this", a.momId)).body).toEqual({
      mom_id_mapping: { this: {}, [root.momId]: {}, [a.momId]: {} },
    });
    expect((await ask(`children@${a.momId}`, a.momId)).body).toEqual({
      mom_id_mapping: { [a.momId]: {}, [b.momId]: {} },
    });
  });

  it("of other tokens need the right to read any; of somebody else's there are none", async () => {
    const { root, a, b, c } = await family();
    const below = await subtoken(a, { capabilities: ["tokeninfo:notify"] });
    const stranger = await holder();
    const insufficient = {
      status: 403,
      body: {
        error: "insufficient_capabilities",
        error_description: expect.stringContaining(`'${c.momId}' nor does it have the 'read@manage_mytokens:notify'`),
      },
    };
    expect(await info(below, "notifications", { mom_ids: [c.momId] })).toMatchObject(insufficient);
    const reader = await subtoken(a, { capabilities: ["read@manage_mytokens:notify"] });
    expect(await info(reader, "notifications", { mom_ids: ["this", c.momId] })).toMatchObject({ status: 200 });
    for (const momId of [stranger.momId, "AAAA", b.momId.toLowerCase()]) {
      expect(await info(root, "notifications", { mom_ids: [momId] })).toMatchObject({
        status: 403,
        body: {
          error: "invalid_grant",
          error_description: `The provided token cannot be used to obtain notifications for mom_id '${momId}'`,
        },
      });
    }
    expect((await history(root))[0]).toMatchObject({ event: "MT_created" });
  });
});
