/** Transfer codes (DESIGN §5, token-core §9, §13): single use, the deadline, what ends with them, and KV away. */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { transferKey } from "../../src/codes/transfer-codes.ts";
import { configOf } from "../../src/config/parse.ts";
import { type Answer, exchange, post } from "../fixtures/client.ts";
import { eventsOf, evict, exchangeOf, loginOf, newToken, rowsOf, type TestToken } from "../fixtures/tokens.ts";
import { elsewhere, later, runAlarms, stopClock } from "../storage/inside.ts";
import { askSubtoken, INVALID_TOKEN, MY, parallel, parentToken, presenting, successorIn, tally } from "./family.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function transfer(token: TestToken): Promise<Answer> {
  return post("/api/v0/token/transfer", { mytoken: token.text }, token.from);
}

async function codeOf(token: TestToken): Promise<string> {
  const { status, body } = await transfer(token);
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return String(body["transfer_code"]);
}

/** From an address of its own: unknown codes count against it. */
function redeem(code: unknown, from = elsewhere()): Promise<Answer> {
  return post(MY, { grant_type: "transfer_code", transfer_code: code }, from);
}

function revokeText(text: string): Promise<Answer> {
  return post("/api/v0/token/revoke", { token: text }, elsewhere());
}

/** Every call of KV ends like this, in the Worker and in all objects. */
function codesAway(): void {
  const methods = Object.getPrototypeOf(env.CODES) as Record<string, () => unknown>;
  for (const verb of ["get", "put", "list", "delete", "getWithMetadata"]) {
    vi.spyOn(methods, verb).mockImplementation(() => Promise.reject(new Error("KV is away")));
  }
}

const UNAVAILABLE = { status: 503, body: { error: "temporarily_unavailable", error_description: expect.any(String) } };

describe("one code", () => {
  it("64 parallel redemptions: exactly one success, in each of 10 rounds", async () => {
    const token = await newToken("plain");
    for (let round = 0; round < 10; round++) {
      const code = await codeOf(token);
      const answers = await parallel(64, () => redeem(code));
      expect(tally(answers)).toEqual({ 200: 1, 401: 63 });
      for (const { status, body } of answers) {
        if (status === 200) expect(body).toMatchObject({ mytoken: token.text, mom_id: token.momId });
        else expect(body).toMatchObject({ error: "invalid_token" });
      }
    }
    // And once by the poll that collected the login.
    expect((await eventsOf(token)).filter((event) => event === "transfer_code_used")).toHaveLength(11);
  }, 30_000);

  it("the object evicted between the redemptions: still once", async () => {
    const token = await newToken("plain");
    const code = await codeOf(token);
    await evict(token.object);
    expect((await redeem(code)).status).toBe(200);
    await evict(token.object);
    expect(await redeem(code)).toMatchObject(INVALID_TOKEN);
  });

  it("until its 300th second, and told expired for an hour", async () => {
    stopClock();
    const token = await newToken("plain");
    const [inTime, late] = [await codeOf(token), await codeOf(token)];
    later(299);
    expect((await redeem(inTime)).status).toBe(200);
    later(2);
    expect(await redeem(late)).toMatchObject({ status: 401, body: { error: "expired_token" } });
    later(3000);
    expect(await redeem(late)).toMatchObject({ status: 401, body: { error: "expired_token" } });
    expect((await exchangeOf(token)).status).toBe(200);
  });

  it("of a token that rotated meanwhile: 401, and that is no reuse (Q39)", async () => {
    const token = await newToken("plain", { rotation: { on_AT: true, auto_revoke: true } });
    const code = await codeOf(token);
    const successor = successorIn(await exchangeOf(token), token);
    expect(await redeem(code)).toMatchObject(INVALID_TOKEN);
    expect((await exchangeOf(successor)).status).toBe(200);
  });

  it("of a token that was revoked, itself or with its parent: 401", async () => {
    const root = await parentToken("plain");
    const { body } = await askSubtoken(root);
    const child = presenting(root, String(body["mytoken"]), String(body["mom_id"]));
    const codes = [await codeOf(root), await codeOf(child)];
    await post("/api/v0/token/revoke", { token: root.text, recursive: true }, root.from);
    for (const code of codes) expect(await redeem(code)).toMatchObject(INVALID_TOKEN);
  });

  it("tells the rotation of its token (Q42)", async () => {
    const rotation = { on_AT: true, lifetime: 3600 };
    const token = await newToken("plain", { rotation });
    expect((await redeem(await codeOf(token))).body).toMatchObject({ rotation, mytoken_type: "token" });
  });

  it.each([["ABCDEFGH"], ["abcdefg"], ["ABCDEFGHJ"], ["ABCDEFGl"], [""], ["ABCD EFG"], [undefined]])(
    "%j is none: 401",
    async (code) => {
      expect(await redeem(code)).toMatchObject(INVALID_TOKEN);
    },
  );

  it.each([[5], [["x"]], [{}], [true]])("%j is no text: 400", async (code) => {
    expect((await redeem(code)).status).toBe(400);
  });

  it("in another letter case is another code", async () => {
    const token = await newToken("plain");
    const code = await codeOf(token);
    const other = code === code.toLowerCase() ? code.toUpperCase() : code.toLowerCase();
    expect(await redeem(other)).toMatchObject(INVALID_TOKEN);
    expect((await redeem(code)).status).toBe(200);
  });
});

describe("a live token with its current text is all that is asked for", () => {
  it("no capability, no clause, no use, no rotation", async () => {
    const token = await newToken("plain", {
      capabilities: ["tokeninfo"],
      restrictions: [{ usages_other: 0, usages_AT: 0 }],
      rotation: { on_AT: true, on_other: true },
    });
    const made = await transfer(token);
    expect(made).toMatchObject({ status: 200, body: { expires_in: 300, mytoken_type: "transfer_code" } });
    expect(Object.keys(made.body).sort()).toEqual(["expires_in", "mytoken_type", "transfer_code"]);
    expect(String(made.body["transfer_code"])).toMatch(/^[a-km-zA-HJ-Z]{8}$/);
    expect(await rowsOf(token.object, "SELECT 1 FROM usage")).toEqual([]);
    expect((await rowsOf(token.object, "SELECT seq_no FROM token"))[0]).toEqual({ seq_no: 1 });
    const comments = await rowsOf(token.object, "SELECT comment FROM event WHERE event = 'transfer_code_created'");
    expect(comments).toEqual([{ comment: "token type: token" }]);
  });

  it("20 live ones per token; a 21st is 400, until one is used or its time is over", async () => {
    stopClock();
    const token = await newToken("plain");
    const answers = await parallel(30, () => transfer(token));
    expect(tally(answers)).toEqual({ 200: 20, 400: 10 });
    expect((await eventsOf(token)).filter((event) => event === "transfer_code_created")).toHaveLength(20);
    const code = answers.find(({ status }) => status === 200)?.body["transfer_code"];
    expect((await redeem(code)).status).toBe(200);
    expect(tally(await parallel(2, () => transfer(token)))).toEqual({ 200: 1, 400: 1 });
    later(301);
    expect((await transfer(token)).status).toBe(200);
  });

  it("an outdated text is reuse; within the grace it gets no code, and kills nothing", async () => {
    const token = await newToken("plain", { rotation: { on_AT: true, auto_revoke: true } });
    const successor = successorIn(await exchangeOf(token), token);
    expect(await transfer(token)).toMatchObject(INVALID_TOKEN);
    expect((await exchangeOf(successor)).status).toBe(200);
    expect(await transfer(token)).toMatchObject(INVALID_TOKEN);
    expect(await exchangeOf(successor)).toMatchObject(INVALID_TOKEN);
  });
});

describe("with KV away", () => {
  it("making, redeeming and revoking a code are 503; everything else goes on, and no use is lost", async () => {
    const token = await newToken("plain", {
      capabilities: ["AT", "tokeninfo", "create_mytoken"],
      rotation: { on_other: true },
    });
    const code = await codeOf(token);
    codesAway();
    expect(await transfer(token)).toMatchObject(UNAVAILABLE);
    expect((await transfer(token)).headers.get("Retry-After")).toMatch(/^\d+$/);
    expect(await redeem(code)).toMatchObject(UNAVAILABLE);
    expect(await revokeText(code)).toMatchObject(UNAVAILABLE);
    expect(await askSubtoken(token, { response_type: "transfer_code" })).toMatchObject(UNAVAILABLE);
    expect((await eventsOf(token)).filter((event) => event === "transfer_code_created")).toHaveLength(1);

    expect((await exchangeOf(token)).status).toBe(200);
    const introspected = await post("/api/v0/tokeninfo", { action: "introspect", mytoken: token.text }, token.from);
    expect(introspected.status).toBe(200);
    const history = await post("/api/v0/tokeninfo", { action: "event_history", mytoken: token.text }, token.from);
    expect(history.status).toBe(200);
    const made = await askSubtoken(token, { response_type: "short_token" });
    expect(made.status).toBe(200);
    const successor = successorIn(made, token);
    expect((await exchange(String(made.body["mytoken"]), {}, token.from)).status).toBe(200);
    const child = String(made.body["mytoken"]);
    expect((await post("/api/v0/token/revoke", { token: child }, token.from)).status).toBe(204);
    expect(await exchange(child, {}, token.from)).toMatchObject(INVALID_TOKEN);
    expect((await exchangeOf(successor)).status).toBe(200);

    vi.restoreAllMocks();
    // The code from before is outdated by now, as it should be.
    expect(await redeem(code)).toMatchObject(INVALID_TOKEN);
    expect((await redeem(await codeOf(successor))).status).toBe(200);
  });
});

describe("the code of a new token", () => {
  async function newByCode(parent: TestToken): Promise<{ code: string; child: TestToken }> {
    const { status, body } = await askSubtoken(parent, { response_type: "transfer_code" });
    expect([status, body["mytoken_type"], body["mytoken"]]).toEqual([200, "transfer_code", undefined]);
    return { code: String(body["transfer_code"]), child: presenting(parent, "", String(body["mom_id"])) };
  }

  it("never redeemed: the token ends with it, and leaves nothing behind; its parent lives", async () => {
    stopClock();
    const parent = await parentToken("plain");
    const { code, child } = await newByCode(parent);
    const redeemed = await newByCode(parent);
    const text = String((await redeem(redeemed.code)).body["mytoken"]);
    later(302);
    for (const { object } of [child, redeemed.child]) await runAlarms(object);
    expect(await redeem(code)).toMatchObject({ status: 401, body: { error: "expired_token" } });
    expect(await rowsOf(child.object, "SELECT state, wrapped_key FROM token")).toEqual([
      { state: "ended", wrapped_key: null },
    ]);
    expect((await exchange(text, {}, parent.from)).status).toBe(200);
    expect((await exchangeOf(parent)).status).toBe(200);
  });

  it("revoked: the token ends with it; a code that was redeemed or is not of a new token takes nothing along", async () => {
    const parent = await parentToken("plain");
    const { code, child } = await newByCode(parent);
    expect((await revokeText(code)).status).toBe(204);
    expect(await redeem(code)).toMatchObject(INVALID_TOKEN);
    expect(await rowsOf(child.object, "SELECT state FROM token")).toEqual([{ state: "ended" }]);

    const second = await newByCode(parent);
    const text = String((await redeem(second.code)).body["mytoken"]);
    expect((await revokeText(second.code)).status).toBe(204);
    expect((await exchange(text, {}, parent.from)).status).toBe(200);

    const own = await codeOf(parent);
    expect((await revokeText(own)).status).toBe(204);
    expect((await revokeText(own)).status).toBe(204);
    expect(await redeem(own)).toMatchObject(INVALID_TOKEN);
    expect((await exchangeOf(parent)).status).toBe(200);
  });
});

describe("guessing", () => {
  it("is slowed down by the guesser's address; somebody else's good code is heard", async () => {
    const token = await newToken("plain");
    const code = await codeOf(token);
    const guesser = elsewhere();
    const answers = await parallel(70, () => redeem("ABCDEFGH", guesser));
    expect(tally(answers)[429]).toBeGreaterThan(0);
    expect((await redeem(code)).status).toBe(200);
  });

  it("a copy of KV names neither code nor token, and the record opens with its own code only", async () => {
    const token = await newToken("plain");
    const code = await codeOf(token);
    const key = await transferKey(configOf(env).pepper, code);
    const record = String(await env.CODES.get(key));
    expect(key + record).not.toContain(code);
    expect(record).not.toContain(token.text.split(".")[1]);
    // Another code's name for the same record: it does not open.
    const other = await codeOf(token);
    await env.CODES.put(await transferKey(configOf(env).pepper, other), record);
    expect(await redeem(other)).toMatchObject(INVALID_TOKEN);
    expect((await loginOf(token))["closed"]).toBeNull();
    expect(await runInDurableObject(token.object, (_, { storage }) => storage.sql.databaseSize)).toBeGreaterThan(0);
  });
});
