/** Short tokens (DESIGN §5, §6): accepted wherever a JWT is, by many at once, and refused at the edge if forged. */
import { env } from "cloudflare:workers";
import { listDurableObjectIds } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { answerOf, post, send } from "../fixtures/client.ts";
import { fakeIssuer } from "../fixtures/fake-control.ts";
import { newToken, rowsOf, type TestToken } from "../fixtures/tokens.ts";
import { elsewhere } from "../storage/inside.ts";
import { askSubtoken, INVALID_TOKEN, MY, parallel, presenting, tally } from "./family.ts";

const ALL = ["AT", "tokeninfo", "create_mytoken", "settings", "manage_mytokens"];

async function shortTokenOf(request: object = {}): Promise<{ root: TestToken; short: TestToken }> {
  const root = await newToken("plain", { capabilities: ALL });
  const { status, body } = await askSubtoken(root, { response_type: "short_token", capabilities: ALL, ...request });
  expect([status, body["mytoken_type"]]).toEqual([200, "short_token"]);
  expect(body["mytoken"]).toMatch(/^mts_[0-9A-Za-z]{60}$/);
  return { root, short: presenting(root, String(body["mytoken"]), String(body["mom_id"])) };
}

function access(token: TestToken, address: string) {
  return post("/api/v0/token/access", { grant_type: "mytoken", mytoken: token.text }, { address });
}

describe("one short token", () => {
  it("from 64 callers at once: all work", async () => {
    const { short } = await shortTokenOf();
    const answers = await parallel(64, (index) => access(short, `198.51.100.${index}`));
    expect(tally(answers)).toEqual({ 200: 64 });
  });

  it("from 64 callers with usages_AT 5: exactly 5", async () => {
    const { short } = await shortTokenOf({ restrictions: [{ usages_AT: 5 }] });
    const answers = await parallel(64, (index) => access(short, `198.51.100.${index}`));
    expect(tally(answers)).toEqual({ 200: 5, 403: 59 });
  });

  it.each<[string, (token: TestToken) => Promise<{ status: number }>]>([
    ["access, in JSON", (token) => access(token, "198.51.100.1")],
    [
      "access, in a form as refresh_token",
      async ({ text, from }) => {
        const body = new URLSearchParams({ grant_type: "refresh_token", refresh_token: text });
        return answerOf(await send("/api/v0/token/access", { method: "POST", body }, from));
      },
    ],
    [
      "access, as Bearer",
      ({ text, from }) =>
        post("/api/v0/token/access", { grant_type: "mytoken" }, from, { Authorization: `Bearer ${text}` }),
    ],
    ["a subtoken", (token) => askSubtoken(token)],
    ["a transfer code", ({ text, from }) => post("/api/v0/token/transfer", { mytoken: text }, from)],
    ...["introspect", "event_history", "subtokens", "list_mytokens"].map(
      (action) =>
        [
          `tokeninfo ${action}`,
          ({ text, from }: TestToken) => post("/api/v0/tokeninfo", { action, mytoken: text }, from),
        ] as [string, (token: TestToken) => Promise<{ status: number }>],
    ),
    ...["settings/grants", "settings/email", "settings/tags"].map(
      (path) =>
        [
          path,
          async ({ text, from }: TestToken) =>
            send(`/api/v0/${path}`, { headers: { Authorization: `Bearer ${text}` } }, from),
        ] as [string, (token: TestToken) => Promise<{ status: number }>],
    ),
    [
      "as the cookie",
      async ({ text, from }) => send("/api/v0/settings/grants", { headers: { Cookie: `mytoken=${text}` } }, from),
    ],
    [
      "oidc-agent's consent page",
      async ({ text, from }) => {
        const body = JSON.stringify({ mytoken: text, grant_type: "mytoken", oidc_issuer: fakeIssuer("plain") });
        return send("/c", { method: "POST", body, headers: { "Content-Type": "application/json" } }, from);
      },
    ],
  ])("is taken for %s", async (_, use) => {
    const { short } = await shortTokenOf();
    expect((await use(short)).status).toBe(200);
  });

  it("is revoked by itself, and then ends its token; a second revocation is 204 again", async () => {
    const { root, short } = await shortTokenOf();
    for (const _ of [1, 2]) {
      expect((await post("/api/v0/token/revoke", { token: short.text }, root.from)).status).toBe(204);
    }
    expect(await access(short, "198.51.100.1")).toMatchObject(INVALID_TOKEN);
    expect(await rowsOf(short.object, "SELECT state FROM token")).toEqual([{ state: "ended" }]);
    expect(await rowsOf(short.object, "SELECT 1 FROM short_token")).toEqual([]);
    expect((await access(root, "198.51.100.1")).status).toBe(200);
  });

  it("survives a revocation that names another provider (QUIRK-46)", async () => {
    const { root, short } = await shortTokenOf();
    const request = { token: short.text, oidc_issuer: "https://elsewhere.example" };
    expect((await post("/api/v0/token/revoke", request, root.from)).status).toBe(400);
    expect((await access(short, "198.51.100.1")).status).toBe(200);
  });

  it("authorises a revocation by mom_id", async () => {
    const { short } = await shortTokenOf();
    const child = String((await askSubtoken(short)).body["mom_id"]);
    const answer = await post("/api/v0/token/revoke", { token: short.text, mom_id: child }, short.from);
    expect(answer.status).toBe(204);
    expect(await rowsOf(env.MYTOKEN.getByName(child), "SELECT state FROM token")).toEqual([{ state: "ended" }]);
  });
});

describe("a text with one letter changed", () => {
  it.each([
    ["in its mom_id", 4],
    ["in its secret", 30],
    ["in its check", 63],
  ])("%s is refused at the edge: no object is made or asked", async (_, at) => {
    const { short } = await shortTokenOf();
    const letter = short.text[at] === "a" ? "b" : "a";
    const text = short.text.slice(0, at) + letter + short.text.slice(at + 1);
    const before = (await listDurableObjectIds(env.MYTOKEN)).length;
    const { address = "" } = elsewhere();
    expect(await access({ ...short, text }, address)).toMatchObject(INVALID_TOKEN);
    expect(await post(MY, { grant_type: "mytoken", mytoken: text }, { address })).toMatchObject(INVALID_TOKEN);
    expect((await post("/api/v0/token/revoke", { token: text }, { address })).status).toBe(204);
    expect((await listDurableObjectIds(env.MYTOKEN)).length).toBe(before);
    expect((await access(short, address)).status).toBe(200);
  });
});

it("max_token_len chooses it where the JWT is too long", async () => {
  const root = await newToken("plain", { capabilities: ALL });
  const forms = await Promise.all(
    [10_000, 64, 63, 0].map(
      async (length) => (await askSubtoken(root, { max_token_len: length })).body["mytoken_type"],
    ),
  );
  expect(forms).toEqual(["token", "short_token", "transfer_code", "token"]);
});
