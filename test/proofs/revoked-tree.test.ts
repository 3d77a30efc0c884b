/** A revoked root with 500 descendants at depth 1 to 20: none works once the revocation is answered (invariant 4). */
import { env } from "cloudflare:workers";
import { afterEach, expect, it, vi } from "vitest";
import { type Answer, exchange, post } from "../fixtures/client.ts";
import { directoryAway } from "../fixtures/holder.ts";
import { crash, loginOf, newToken, rowsOf, runAlarms, tablesOf, type TestToken } from "../fixtures/tokens.ts";
import { later } from "../storage/inside.ts";
import { askSubtoken, INVALID_TOKEN, MY, presenting, revoke, rowOf, subtokenOf } from "./family.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const DEPTH = 20;
const LINES = 25;

interface Tree {
  readonly root: TestToken;
  /** 25 lines of 20, each below the one before it. */
  readonly below: readonly TestToken[];
  /** Short tokens and transfer codes of some of them. */
  readonly codes: readonly string[];
  readonly shortTokens: readonly TestToken[];
}

async function tree(): Promise<Tree> {
  const root = await newToken("plain", { capabilities: ["AT", "tokeninfo", "create_mytoken"] });
  const lines = await Promise.all(
    Array.from({ length: LINES }, async () => {
      const line: TestToken[] = [];
      while (line.length < DEPTH) line.push(await subtokenOf(line.at(-1) ?? root));
      return line;
    }),
  );
  const below = lines.flat();
  const some = below.filter((_, index) => index % 50 === 7);
  const codes = await Promise.all(some.map(async (token) => String((await transfer(token)).body["transfer_code"])));
  const shorts = await Promise.all(some.map((token) => askSubtoken(token, { response_type: "short_token" })));
  const shortTokens = shorts.map(({ body }) => presenting(root, String(body["mytoken"]), String(body["mom_id"])));
  return { root, below, codes, shortTokens };
}

function transfer({ text, from }: TestToken): Promise<Answer> {
  return post("/api/v0/token/transfer", { mytoken: text }, from);
}

function introspection({ text, from }: TestToken): Promise<Answer> {
  return post("/api/v0/tokeninfo", { mytoken: text, action: "introspect" }, from);
}

const USES = {
  exchange: ({ text, from }: TestToken) => exchange(text, {}, from),
  introspection,
  subtoken: (token: TestToken) => askSubtoken(token),
  transfer,
};

/** Ten at a time, as many clients would. */
async function expectNoneWorks({ root, below, codes, shortTokens }: Tree): Promise<void> {
  const family = [root, ...below];
  for (const [use, ask] of Object.entries(USES)) {
    for (let start = 0; start < family.length; start += 10) {
      const asked = family.slice(start, start + 10);
      for (const answer of await Promise.all(asked.map(ask))) {
        expect([use, answer.status, answer.body["error"]]).toEqual([use, 401, "invalid_token"]);
      }
    }
  }
  for (const code of codes) {
    const redeemed = await post(MY, { grant_type: "transfer_code", transfer_code: code }, root.from);
    expect(redeemed).toMatchObject(INVALID_TOKEN);
  }
  for (const { text } of shortTokens) expect(await exchange(text, {}, root.from)).toMatchObject(INVALID_TOKEN);
}

it("and nobody has been told yet; the cleaning up reaches every one, through crashes", async () => {
  const grown = await tree();
  const { root, below } = grown;
  expect(new Set(below.map(({ momId }) => momId)).size).toBe(DEPTH * LINES);
  expect((await USES.exchange(below.at(-1)!)).status).toBe(200);

  expect((await revoke(root, true)).status).toBe(204);
  await expectNoneWorks(grown);
  expect(await loginOf(root)).toMatchObject({ closed: expect.any(Number), sealed_refresh_token: null });

  for (let round = 0; round < 60; round++) {
    await crash(root.grant);
    await runAlarms(root.grant);
    if ((await rowsOf(root.grant, "SELECT 1 FROM member WHERE state <> 'gone' LIMIT 1")).length === 0) break;
  }
  expect(await rowsOf(root.grant, "SELECT mom_id, state FROM member WHERE state <> 'gone'")).toEqual([]);
  for (const token of below) {
    expect(await rowOf(token)).toMatchObject({ state: "ended", wrapped_key: null, sealed_successor: null });
    expect(await rowsOf(token.object, "SELECT 1 FROM short_token")).toEqual([]);
  }
}, 240_000);

it("with D1 away, and every object lost from memory right after the answer; D1 catches up", async () => {
  const grown = await tree();
  const { root, below, shortTokens } = grown;
  directoryAway();
  expect((await revoke(root, true)).status).toBe(204);
  for (const { object } of [root, ...below]) await crash(object);
  await crash(root.grant);
  await expectNoneWorks(grown);

  vi.restoreAllMocks();
  // Longer than the longest pause between two tries.
  later(3700);
  await runAlarms(root.grant);
  for (const { object } of [root, ...below, ...shortTokens]) {
    expect(await tablesOf(object)).toContain("token");
    await runAlarms(object);
  }
  const living = await env.DIRECTORY.prepare("SELECT count(*) AS n FROM tokens WHERE grant_id = ? AND state = 'live'")
    .bind(root.grantId)
    .first("n");
  expect(living).toBe(0);
}, 240_000);

it("by its mom_id, asked by another token of the user, with D1 away", async () => {
  const root = await newToken("plain", { capabilities: ["AT", "tokeninfo", "create_mytoken", "manage_mytokens"] });
  const top = await subtokenOf(root);
  const line = [top];
  while (line.length < DEPTH) line.push(await subtokenOf(line.at(-1)!));
  directoryAway();
  const answer = await post(
    "/api/v0/token/revoke",
    { token: root.text, mom_id: top.momId, recursive: true },
    root.from,
  );
  expect(answer.status).toBe(204);
  await expectNoneWorks({ root: presenting(top, top.text), below: line, codes: [], shortTokens: [] });
  expect((await USES.exchange(root)).status).toBe(200);
});
