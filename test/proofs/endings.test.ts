/** What must end, ends: revocations of every kind, half-made tokens, secrets with D1 away, and guessing. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Grant } from "../../src/objects/grant/grant.ts";
import { Mytoken } from "../../src/objects/mytoken/mytoken.ts";
import { type Answer, finish, poll as pollFrom, post, start } from "../fixtures/client.ts";
import { fakeLog, someUser } from "../fixtures/fake-control.ts";
import { exchangeOf, newToken, rowsOf, type TestToken } from "../fixtures/tokens.ts";
import { elsewhere, later, runAlarms } from "../storage/inside.ts";
import {
  areAlive,
  askSubtoken,
  INVALID_TOKEN,
  MY,
  parallel,
  parentToken,
  revoke,
  rowOf,
  subtokenOf,
} from "./family.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function redeem(code: unknown, from = elsewhere()): Promise<Answer> {
  return post(MY, { grant_type: "transfer_code", transfer_code: code }, from);
}

describe("revoked stays revoked (invariant 4)", () => {
  const TOMORROW = [{ nbf: "+1d" }];

  it("a token that is not valid yet is revoked by its own text, not only answered", async () => {
    const token = await newToken("plain", { restrictions: TOMORROW });
    const answer = await revoke(token, true);
    expect(answer.status).toBe(204);
    later(86_410);
    expect(await exchangeOf(token)).toMatchObject(INVALID_TOKEN);
  });

  it("and by its short token", async () => {
    const root = await parentToken("plain");
    const made = await askSubtoken(root, { restrictions: TOMORROW, response_type: "short_token" });
    const text = String(made.body["mytoken"]);
    expect((await post("/api/v0/token/revoke", { token: text }, root.from)).status).toBe(204);
    later(86_410);
    const answer = await post("/api/v0/token/access", { grant_type: "mytoken", mytoken: text }, root.from);
    expect(answer).toMatchObject(INVALID_TOKEN);
  });

  it("who revokes what stands above it, and itself with it, does not rotate", async () => {
    const capabilities = ["AT", "tokeninfo", "create_mytoken", "manage_mytokens"];
    const root = await parentToken("plain", { capabilities });
    const child = await subtokenOf(root, { capabilities, rotation: { on_other: true } });
    const request = { token: child.text, mom_id: root.momId, recursive: true };
    const answer = await post("/api/v0/token/revoke", request, child.from);
    expect([answer.status, answer.body]).toEqual([204, {}]);
    expect(await areAlive([root, child])).toEqual([false, false]);
    expect(await rowOf(child)).toMatchObject({ seq_no: 1, sealed_successor: null });
  });
});

describe("ended comes before everything else (DESIGN §4, order of refusals)", () => {
  it("for a token that was revoked with its parent and could not be told yet, too", async () => {
    const root = await parentToken("plain");
    const weak = await subtokenOf(root, { capabilities: ["tokeninfo"] });
    const spent = await subtokenOf(root, { restrictions: [{ usages_AT: 0 }] });
    vi.spyOn(Mytoken.prototype, "retire").mockRejectedValue(new Error("cannot be told"));
    expect((await revoke(root, true)).status).toBe(204);
    expect(await askSubtoken(weak)).toMatchObject(INVALID_TOKEN);
    expect([(await exchangeOf(weak)).status, (await exchangeOf(spent)).status]).toEqual([401, 401]);
  });

  it("and its history is told to nobody any more", async () => {
    const root = await parentToken("plain");
    const top = await subtokenOf(root);
    const below = await subtokenOf(top);
    vi.spyOn(Mytoken.prototype, "retire").mockRejectedValue(new Error("cannot be told"));
    expect((await revoke(top, true)).status).toBe(204);
    const ask = (momId: string) =>
      post("/api/v0/tokeninfo", { action: "event_history", mytoken: root.text, mom_ids: [momId] }, root.from);
    expect([(await ask(top.momId)).status, (await ask(below.momId)).status]).toEqual([403, 403]);
  });
});

describe("the refresh token is revoked at the provider where it can be opened (issue 5, Revocation)", () => {
  it("by the transfer code of a new token, whose record holds the text", async () => {
    const user = someUser();
    const from = elsewhere();
    const flow = await start({ from, request: { response_type: "transfer_code" } });
    await finish(flow, { user, from });
    const { body } = await pollFrom(flow, from);
    expect(body["mytoken_type"]).toBe("transfer_code");
    expect((await post("/api/v0/token/revoke", { token: body["transfer_code"] }, elsewhere())).status).toBe(204);
    const object = env.MYTOKEN.getByName(String(body["mom_id"]));
    expect(await rowsOf(object, "SELECT state, wrapped_key FROM token")).toEqual([
      { state: "ended", wrapped_key: null },
    ]);
    expect((await fakeLog("plain", user)).families[0]?.revoked).toBe("revoked by the client");
  });

  it("by the transfer code, as far as it goes: nothing of another provider ends (token-core §10.4)", async () => {
    const root = await parentToken("plain");
    const made = await askSubtoken(root, { response_type: "transfer_code" });
    const request = { token: made.body["transfer_code"], oidc_issuer: "https://elsewhere.example" };
    expect((await post("/api/v0/token/revoke", request, elsewhere())).status).toBe(400);
    expect((await redeem(made.body["transfer_code"])).status).toBe(200);
  });

  it("by the polling code of a finished login, which opens the token", async () => {
    const user = someUser();
    const from = elsewhere();
    const flow = await start({ from });
    await finish(flow, { user, from });
    expect((await post("/api/v0/token/revoke", { token: flow.pollingCode }, elsewhere())).status).toBe(204);
    expect((await pollFrom(flow, from)).status).toBe(401);
    expect((await fakeLog("plain", user)).families[0]?.revoked).toBe("revoked by the client");
  });
});

describe("guessing of transfer codes is limited (issue 5, Transfer codes)", () => {
  it("an address that guessed too often is not heard, not even with a good code", async () => {
    const token = await newToken("plain");
    const made = await post("/api/v0/token/transfer", { mytoken: token.text }, token.from);
    const code = made.body["transfer_code"];
    const guesser = elsewhere();
    const answers = await parallel(70, () => redeem("ABCDEFGH", guesser));
    expect(answers.some(({ status }) => status === 429)).toBe(true);
    const limited = await redeem(code, guesser);
    expect([limited.status, limited.headers.get("Retry-After")]).toEqual([429, expect.any(String)]);
  });
});

describe("nothing stays behind (invariant 9)", () => {
  const CALLS: readonly (readonly [typeof Grant.prototype | typeof Mytoken.prototype, string, boolean])[] = [
    [Grant.prototype, "join", false],
    [Grant.prototype, "join", true],
    [Mytoken.prototype, "create", false],
    [Mytoken.prototype, "create", true],
    [Grant.prototype, "confirm", false],
    [Grant.prototype, "confirm", true],
  ];

  it.each(CALLS.map(([of, verb, stored]) => ({ of, verb, stored })))(
    "a subtoken whose $verb fails (stored: $stored) is alive for nobody",
    async ({ of, verb, stored }) => {
      const parent = await parentToken("plain");
      const prototype = of as unknown as Record<string, (...values: unknown[]) => unknown>;
      const original = prototype[verb];
      vi.spyOn(prototype, verb).mockImplementationOnce(async function (this: unknown, ...values: unknown[]) {
        if (stored) await original?.apply(this, values);
        throw new Error(`${verb} was cut off`);
      });
      expect((await askSubtoken(parent)).status).toBeGreaterThanOrEqual(500);
      later(700);
      await runAlarms(parent.grant);
      const living = await rowsOf(parent.grant, "SELECT mom_id FROM member WHERE state IN ('joining', 'live')");
      expect(living).toEqual([{ mom_id: parent.momId }]);
    },
  );

  it("a subtoken that cannot be shown in the directory now is given out all the same", async () => {
    const parent = await parentToken("plain");
    vi.spyOn(Mytoken.prototype, "publish").mockRejectedValueOnce(new Error("cut off"));
    expect((await askSubtoken(parent)).status).toBe(200);
  });
});

describe("with D1 hanging", () => {
  /** Every statement of D1 waits for good. */
  function directoryHangs(): void {
    const methods = Object.getPrototypeOf(env.DIRECTORY) as Record<string, () => unknown>;
    vi.spyOn(methods, "batch").mockImplementation(() => new Promise(() => undefined));
  }

  it("a token past its time gives up its secrets all the same", async () => {
    const token = await untilGone();
    directoryHangs();
    // Something to tell D1, as after each revocation or expiry; due before the deadline.
    await runInDurableObject(token.object, (_, { storage }) => {
      storage.sql.exec("UPDATE token SET directory_version = directory_version + 1");
      storage.sql.exec("INSERT INTO due (kind, at) VALUES ('directory', 1) ON CONFLICT (kind) DO UPDATE SET at = 1");
    });
    later(3700);
    const alarm = runInDurableObject(token.object, (instance: Mytoken) => {
      void instance.alarm();
      return new Promise((resolve) => setTimeout(resolve, 8000));
    });
    await alarm;
    expect(await rowOf(token)).toMatchObject({ state: "ended", wrapped_key: null });
  }, 20_000);

  function untilGone(): Promise<TestToken> {
    return newToken("plain", { restrictions: [{ exp: "+1h" }] });
  }
});
