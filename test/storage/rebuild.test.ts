/** The directory is lost, or older than the objects: the operator's list brings it back (docs/DEPLOY.md). */
import { createScheduledController } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import worker from "../../src/index.ts";
import { holder, type Holder, subtoken } from "../fixtures/holder.ts";
import { post } from "../fixtures/client.ts";

const CAPABILITIES = ["AT", "create_mytoken", "manage_mytokens"];

let root: Holder;
let child: Holder;
let revoked: Holder;
let log: unknown[];

beforeEach(async () => {
  root = await holder({ name: "root", capabilities: CAPABILITIES });
  child = await subtoken(root, { name: "child" });
  revoked = await subtoken(root, { name: "revoked" });
  await post("/api/v0/token/revoke", { token: revoked.text }, revoked.from);
  log = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => {
    const entry = JSON.parse(line) as { kind: string };
    if (entry.kind === "rebuild") log.push(entry);
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** All that the directory knows of the three. */
async function rows(): Promise<Record<string, unknown>[]> {
  const query = `SELECT mom_id, parent, grant_id, owner, name, created, expires, state FROM tokens
    WHERE grant_id = (SELECT grant_id FROM tokens WHERE mom_id = ?) ORDER BY created, name`;
  return (await env.DIRECTORY.prepare(query).bind(root.momId).all()).results;
}

async function rebuild(lines: readonly string[]): Promise<void> {
  await env.CODES.put("rebuild", `${lines.join("\n")}\n`);
  await scheduled();
}

function scheduled(): Promise<void> {
  return worker.scheduled(createScheduledController(), env);
}

async function empty(): Promise<void> {
  await env.DIRECTORY.batch([env.DIRECTORY.prepare("DELETE FROM tokens"), env.DIRECTORY.prepare("DELETE FROM users")]);
}

it("from a list of mom_ids", async () => {
  const before = await rows();
  expect(before.map(({ name, state }) => [name, state])).toEqual(
    expect.arrayContaining([
      ["root", "live"],
      ["child", "live"],
      ["revoked", "ended"],
    ]),
  );
  await empty();
  await rebuild([root, child, revoked].map(({ momId }) => momId));
  expect(await rows()).toEqual(before);
  const { status, body } = await post("/api/v0/tokeninfo", { action: "list_mytokens", mytoken: root.text }, root.from);
  expect(status).toBe(200);
  expect(JSON.stringify(body)).toContain(child.momId);
  expect(log).toEqual([{ level: "info", kind: "rebuild", done: 3, total: 3, unknown: 0, failed: 0 }]);
  expect((await env.CODES.list({ prefix: "rebuild" })).keys).toEqual([]);
});

it("from the object ids that Cloudflare lists, and over an older state", async () => {
  const before = await rows();
  await env.DIRECTORY.prepare("UPDATE tokens SET state = 'live', ended = NULL, version = 1").run();
  await rebuild([root, child, revoked].map(({ momId }) => String(env.MYTOKEN.idFromName(momId))));
  expect(await rows()).toEqual(before);
});

it("of a thousand lines a run takes 500, and names that are none leave nothing", { timeout: 60_000 }, async () => {
  await empty();
  const strangers = Array.from({ length: 600 }, (_, index) => String(index).padStart(22, "x"));
  await rebuild([...strangers, root.momId, "no name"]);
  expect(await rows()).toEqual([]);
  await scheduled();
  expect((await rows()).map(({ name }) => name)).toContain("root");
  expect(log).toMatchObject([
    { done: 500, total: 601, unknown: 500 },
    { done: 601, total: 601, unknown: 100 },
  ]);
});

it("as often as you like: nothing dead comes back", async () => {
  await rebuild([revoked.momId]);
  await rebuild([revoked.momId]);
  expect((await rows()).find(({ name }) => name === "revoked")).toMatchObject({ state: "ended" });
});
