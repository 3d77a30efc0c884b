/** D1 away (invariant 6): using and ending tokens goes on, lists, settings and tags are 503, and D1 catches up. */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { answerOf, type Answer, post, send } from "../fixtures/client.ts";
import { directoryAway } from "../fixtures/holder.ts";
import { exchangeOf, rowsOf, type TestToken } from "../fixtures/tokens.ts";
import { later, runAlarms } from "../storage/inside.ts";
import {
  areAlive,
  askSubtoken,
  INVALID_TOKEN,
  parentToken,
  presenting,
  revoke,
  rowOf,
  subtokenOf,
  successorIn,
} from "./family.ts";

const ALL = ["AT", "tokeninfo", "create_mytoken", "settings", "manage_mytokens"];
let root: TestToken;
let child: TestToken;

beforeEach(async () => {
  root = await parentToken("plain", { capabilities: ALL, restrictions: [{ usages_other: 1000 }] });
  child = await subtokenOf(root);
  directoryAway();
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function info(token: TestToken, action: string, request: object = {}): Promise<Answer> {
  return post("/api/v0/tokeninfo", { action, mytoken: token.text, ...request }, token.from);
}

async function settings(token: TestToken, method: string, path: string, body?: object): Promise<Answer> {
  const init = {
    method,
    headers: { Authorization: `Bearer ${token.text}`, "Content-Type": "application/json" },
    ...(body && { body: JSON.stringify(body) }),
  };
  return answerOf(await send(`/api/v0/${path}`, init, token.from));
}

async function usesOf(token: TestToken): Promise<unknown> {
  return (await rowsOf(token.object, "SELECT total(other) AS uses FROM usage"))[0];
}

const shown = (momIds: readonly string[]) =>
  Promise.all(
    momIds.map((momId) =>
      env.DIRECTORY.prepare("SELECT state FROM tokens WHERE mom_id = ?").bind(momId).first("state"),
    ),
  );

describe("goes on", () => {
  it("access tokens, subtokens, rotation", async () => {
    expect((await exchangeOf(child)).status).toBe(200);
    const made = await askSubtoken(child, { rotation: { on_AT: true, on_other: true } });
    expect(made.status).toBe(200);
    const rotating = presenting(child, String(made.body["mytoken"]), String(made.body["mom_id"]));
    const second = successorIn(await exchangeOf(rotating), rotating);
    const third = successorIn(await askSubtoken(second), second);
    expect((await exchangeOf(third)).status).toBe(200);
  });

  it("introspection, without tags, and history of itself, of what is below and of others", async () => {
    expect(await info(root, "introspect")).toMatchObject({ status: 200, body: { valid: true } });
    expect((await info(root, "event_history")).status).toBe(200);
    for (const momIds of [["this"], ["children"], [child.momId], [`children@${root.momId}`]]) {
      expect((await info(root, "event_history", { mom_ids: momIds })).status).toBe(200);
    }
    expect((await info(child, "event_history", { mom_ids: [root.momId] })).status).toBe(200);
  });

  it.each<[string, () => Promise<Answer>]>([
    ["by the token's own text", () => revoke(child, false)],
    ["with all below", () => revoke(root, true)],
    [
      "by mom_id",
      () => post("/api/v0/token/revoke", { token: root.text, mom_id: child.momId, recursive: true }, root.from),
    ],
    ["by its own mom_id", () => post("/api/v0/token/revoke", { token: child.text, mom_id: child.momId }, root.from)],
  ])("revocation %s; D1 catches up", async (_, end) => {
    const below = await subtokenOf(child);
    expect((await end()).status).toBe(204);
    const dead: TestToken[] = [];
    for (const token of [root, child, below]) if (!(await token.grant.isAlive(token.momId))) dead.push(token);
    expect(dead).toContain(child);
    for (const token of dead) {
      expect(await exchangeOf(token)).toMatchObject(INVALID_TOKEN);
      expect(await info(token, "introspect")).toMatchObject(INVALID_TOKEN);
    }

    vi.restoreAllMocks();
    later(3700);
    await runAlarms(root.grant);
    for (const { object } of [root, child, below]) await runAlarms(object);
    const alive = await areAlive([root, child, below]);
    // Made while D1 was away, shown as soon as it is back.
    expect(await shown([root.momId, child.momId, below.momId])).toEqual(
      alive.map((lives) => (lives ? "live" : "ended")),
    );
    for (const token of dead) expect(await rowOf(token)).toMatchObject({ state: "ended", wrapped_key: null });
  });
});

describe("is 503 that can be tried again, and costs nothing:", () => {
  it.each<[string, () => Promise<Answer>]>([
    ["tokeninfo subtokens", () => info(root, "subtokens")],
    ["tokeninfo list_mytokens", () => info(root, "list_mytokens")],
    ["settings/grants, seen", () => settings(root, "GET", "settings/grants")],
    ["settings/grants, on", () => settings(root, "POST", "settings/grants", { grant_type: "ssh" })],
    ["settings/grants, off", () => settings(root, "DELETE", "settings/grants", { grant_type: "ssh" })],
    ["settings/email, seen", () => settings(root, "GET", "settings/email")],
    ["settings/email, changed", () => settings(root, "PUT", "settings/email", { email_address: "a@example.com" })],
    ["settings/tags, seen", () => settings(root, "GET", "settings/tags")],
    ["settings/tags, made", () => settings(root, "POST", "settings/tags/blue", { color: "#0000ff" })],
    ["settings/tags, taken away", () => settings(root, "DELETE", "settings/tags/blue")],
    ["a tag put on a token", () => settings(root, "POST", "token/my/tags", { tag: "blue" })],
    ["a tag taken off a token", () => settings(root, "DELETE", "token/my/tags", { tag: "blue" })],
  ])("%s", async (_, ask) => {
    const before = await usesOf(root);
    const answer = await ask();
    expect(answer).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
    expect(answer.headers.get("Retry-After")).toMatch(/^\d+$/);
    expect(await usesOf(root)).toEqual(before);
  });
});
