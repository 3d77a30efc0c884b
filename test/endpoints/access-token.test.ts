/** POST /api/v0/token/access: good requests, and refusals that the token decides (token-core §5, §8). */
import { afterEach, describe, expect, it, vi } from "vitest";
import { ISSUER } from "../fixtures/addresses.mjs";
import { type Answer, answerOf, post, send } from "../fixtures/client.ts";
import { fakeIssuer, fakeLog, type FakeRequest } from "../fixtures/fake-control.ts";
import {
  countedToken,
  eventsOf,
  exchangeOf,
  newToken,
  refreshesOf,
  scriptFor,
  type TestToken,
  usesOf,
} from "../fixtures/tokens.ts";

const PATH = "/api/v0/token/access";

/** All scopes of the fake providers, as configured. */
const ALL_SCOPES = "openid profile email offline_access storage.read storage.write";

afterEach(() => {
  vi.useRealTimers();
});

/** A form post, as oidc-agent sends it. */
async function postForm(
  fields: readonly (readonly [string, string])[],
  from: TestToken["from"],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = new URLSearchParams(fields.map(([name, value]) => [name, value]));
  return answerOf(await send(PATH, { method: "POST", body, headers }, from));
}

/** The last refresh that the provider received for this user. */
async function lastRefresh({ trait, user }: TestToken): Promise<FakeRequest["form"]> {
  const { requests } = await fakeLog(trait, user);
  const last = requests.findLast(({ form }) => form["grant_type"]?.[0] === "refresh_token");
  if (!last) throw new Error("the provider was not asked");
  return last.form;
}

const NOW = () => Math.floor(Date.now() / 1000);

describe("the answer", () => {
  it("has the members of RFC 6749 §5.1, in the provider's words, and is not stored by anybody", async () => {
    const token = await newToken("plain");
    const { status, headers, body } = await exchangeOf(token);
    expect([status, body]).toEqual([
      200,
      {
        access_token: expect.stringMatching(/^fake-at-/),
        token_type: "Bearer",
        expires_in: 3600,
        scope: ALL_SCOPES,
      },
    ]);
    expect(headers.get("Content-Type")).toMatch(/^application\/json/);
    expect(headers.get("Cache-Control")).toBe("no-store");
  });

  it("names the requested scope where the provider names none", async () => {
    const token = await newToken("noscope");
    expect((await exchangeOf(token, { scope: "openid email" })).body["scope"]).toBe("openid email");
  });

  it("names the audience of an access token that is a JWT", async () => {
    const token = await newToken("jwt");
    const { body } = await exchangeOf(token, { audience: "https://a.example https://b.example" });
    expect(body["audience"]).toEqual(["https://a.example", "https://b.example"]);
  });

  it("is an event in the history, with the caller", async () => {
    const token = await newToken("plain");
    await exchangeOf(token);
    expect((await eventsOf(token)).at(-1)).toBe("AT_created");
  });
});

describe("encodings and grant types", () => {
  it.each(["mytoken", "refresh_token"])("JSON with grant_type %s", async (grantType) => {
    const token = await newToken("plain");
    expect((await exchangeOf(token, { grant_type: grantType })).status).toBe(200);
  });

  it.each(["mytoken", "refresh_token"])("a form with grant_type %s", async (grantType) => {
    const token = await newToken("plain");
    const fields = [
      ["grant_type", grantType],
      [grantType, token.text],
      ["scope", "openid email"],
    ] as const;
    const { status, body } = await postForm(fields, token.from, { Authorization: "Basic b2lkYzphZ2VudA==" });
    expect([status, body["scope"]]).toEqual([200, "openid email offline_access"]);
  });

  it("a multipart form", async () => {
    const token = await newToken("plain");
    const body = new FormData();
    body.set("grant_type", "mytoken");
    body.set("mytoken", token.text);
    expect((await send(PATH, { method: "POST", body }, token.from)).status).toBe(200);
  });

  it("names of members in any letter case", async () => {
    const token = await newToken("plain");
    const { status } = await post(PATH, { GRANT_TYPE: "mytoken", MyToken: token.text }, token.from);
    expect(status).toBe(200);
  });

  it("a path in other letter case, with a slash at its end", async () => {
    const token = await newToken("plain");
    const { status } = await post("/API/v0/Token/Access/", { grant_type: "mytoken", mytoken: token.text }, token.from);
    expect(status).toBe(200);
  });

  it("grant_type refresh_token: a rotated mytoken is also returned as refresh_token, else not", async () => {
    const agent = await newToken("plain", { rotation: { on_AT: true } });
    const { body } = await exchangeOf(agent, { grant_type: "refresh_token" });
    const { mytoken } = body["token_update"] as { mytoken: string };
    expect([mytoken === agent.text, body["refresh_token"]]).toEqual([false, mytoken]);
    const other = await newToken("plain", { rotation: { on_AT: true } });
    expect((await exchangeOf(other)).body).not.toHaveProperty("refresh_token");
    const still = await newToken("plain");
    expect((await exchangeOf(still, { grant_type: "refresh_token" })).body).not.toHaveProperty("refresh_token");
  });
});

describe("where the token stands: the first place decides", () => {
  /** Sends one token in each of some places; the first two are fields, the others headers. */
  async function presented(places: Readonly<Record<string, TestToken>>): Promise<Answer> {
    const { mytoken, refresh_token: refreshToken, bearer, cookie } = places;
    const fields = { mytoken: mytoken?.text, refresh_token: refreshToken?.text };
    const headers = {
      ...(bearer && { Authorization: `Bearer ${bearer.text}` }),
      ...(cookie && { Cookie: `mytoken=${cookie.text}` }),
    };
    const from = Object.values(places)[0]?.from;
    return post(PATH, { grant_type: "mytoken", ...fields }, from, headers);
  }

  it.each([
    ["mytoken", "refresh_token"],
    ["mytoken", "bearer"],
    ["mytoken", "cookie"],
    ["refresh_token", "bearer"],
    ["refresh_token", "cookie"],
    ["bearer", "cookie"],
  ])("%s before %s", async (first, second) => {
    const [used, unused] = await Promise.all([countedToken("plain"), countedToken("plain")]);
    expect((await presented({ [first]: used, [second]: unused })).status).toBe(200);
    expect([await usesOf(used), await usesOf(unused)]).toEqual([1, 0]);
  });

  it.each(["mytoken", "refresh_token", "bearer", "cookie"])("%s alone", async (place) => {
    const token = await countedToken("plain");
    expect((await presented({ [place]: token })).status).toBe(200);
    expect(await usesOf(token)).toBe(1);
  });

  it.each(["bearer", "BEARER", "Bearer"])("the scheme %s", async (scheme) => {
    const token = await newToken("plain");
    const headers = { Authorization: `${scheme} ${token.text}` };
    expect((await post(PATH, { grant_type: "mytoken" }, token.from, headers)).status).toBe(200);
  });

  it("blanks around a token in the body do not matter", async () => {
    const token = await newToken("plain");
    expect((await exchangeOf({ ...token, text: ` ${token.text}\n` })).status).toBe(200);
  });

  it("the cookie counts only for our own pages and for what is no page", async () => {
    const token = await countedToken("plain");
    const statusWith = async (headers: Record<string, string>) =>
      (await post(PATH, { grant_type: "mytoken" }, token.from, { Cookie: `mytoken=${token.text}`, ...headers })).status;
    expect(await statusWith({ Origin: "https://evil.example" })).toBe(401);
    expect(await statusWith({ "Sec-Fetch-Site": "cross-site" })).toBe(401);
    expect(await statusWith({ "Sec-Fetch-Site": "same-site" })).toBe(401);
    expect(await usesOf(token)).toBe(0);
    expect(await statusWith({ Origin: ISSUER, "Sec-Fetch-Site": "same-origin" })).toBe(200);
  });

  it("a rotated token goes back into the cookie only if the cookie authorised the request", async () => {
    const cookie = await newToken("plain", { rotation: { on_AT: true } });
    const { headers, body } = await post(PATH, { grant_type: "mytoken" }, cookie.from, {
      Cookie: `mytoken=${cookie.text}`,
    });
    const { mytoken } = body["token_update"] as { mytoken: string };
    expect(headers.get("Set-Cookie")).toMatch(new RegExp(`^mytoken=${mytoken};`));
    const bearer = await newToken("plain", { rotation: { on_AT: true } });
    const answer = await post(PATH, { grant_type: "mytoken" }, bearer.from, { Authorization: `Bearer ${bearer.text}` });
    expect([answer.status, answer.headers.get("Set-Cookie")]).toEqual([200, null]);
  });

  describe("what is no token of ours", () => {
    const UNKNOWN = "x".repeat(64);

    it.each(["", "short", "x".repeat(31)])(
      "%j in the body: 400, although a good token stands elsewhere",
      async (text) => {
        const token = await countedToken("plain");
        const headers = { Authorization: `Bearer ${token.text}` };
        const { status, body } = await post(PATH, { grant_type: "mytoken", mytoken: text }, token.from, headers);
        expect([status, body]).toEqual([400, { error: "invalid_request", error_description: "token not valid" }]);
        expect(await usesOf(token)).toBe(0);
      },
    );

    it("an unknown short token is passed over for a good refresh_token, and in a form for a good Bearer token", async () => {
      const token = await countedToken("plain");
      const asRefreshToken = { mytoken: UNKNOWN, refresh_token: token.text };
      expect((await post(PATH, { grant_type: "mytoken", ...asRefreshToken }, token.from)).status).toBe(200);
      const form = [
        ["grant_type", "mytoken"],
        ["mytoken", UNKNOWN],
      ] as const;
      expect((await postForm(form, token.from, { Authorization: `Bearer ${token.text}` })).status).toBe(200);
      expect(await usesOf(token)).toBe(2);
    });

    it("an unknown short token in JSON beside a good Bearer token, or as Bearer beside a good cookie: 401", async () => {
      const token = await countedToken("plain");
      const json = { grant_type: "mytoken", mytoken: UNKNOWN };
      expect((await post(PATH, json, token.from, { Authorization: `Bearer ${token.text}` })).status).toBe(401);
      const headers = { Authorization: `Bearer ${UNKNOWN}`, Cookie: `mytoken=${token.text}` };
      expect((await post(PATH, { grant_type: "mytoken" }, token.from, headers)).status).toBe(401);
      expect(await usesOf(token)).toBe(0);
    });

    it("no token anywhere: 401", async () => {
      const { status, body } = await post(PATH, { grant_type: "mytoken" });
      expect([status, body]).toEqual([
        401,
        { error: "invalid_token", error_description: "no mytoken found in request" },
      ]);
    });
  });
});

describe("scope, audience and resource", () => {
  it("none requested, no clause: all scopes of the provider and no audience", async () => {
    const token = await newToken("plain");
    await exchangeOf(token);
    const { scope, resource, audience } = await lastRefresh(token);
    expect([scope, resource, audience]).toEqual([[ALL_SCOPES], undefined, undefined]);
  });

  it("requested: they are sent, scope with offline_access", async () => {
    const token = await newToken("plain");
    await exchangeOf(token, { scope: "openid  email", audience: "https://a.example https://b.example" });
    const { scope, resource } = await lastRefresh(token);
    expect([scope, resource]).toEqual([["openid email offline_access"], ["https://a.example", "https://b.example"]]);
  });

  it("resource is audience too: a text or an array in JSON, repeated in a form, each value once", async () => {
    const token = await newToken("plain");
    await exchangeOf(token, { resource: "https://a.example" });
    expect((await lastRefresh(token))["resource"]).toEqual(["https://a.example"]);
    await exchangeOf(token, { audience: "https://a.example", resource: ["https://b.example", "https://a.example"] });
    expect((await lastRefresh(token))["resource"]).toEqual(["https://a.example", "https://b.example"]);
    const fields = [
      ["grant_type", "refresh_token"],
      ["refresh_token", token.text],
      ["resource", "https://c.example"],
      ["resource", "https://d.example"],
    ] as const;
    expect((await postForm(fields, token.from)).status).toBe(200);
    expect((await lastRefresh(token))["resource"]).toEqual(["https://c.example", "https://d.example"]);
  });

  it("none requested: those of the clause that fits are sent", async () => {
    const clause = { scope: "openid email", audience: ["https://a.example"] };
    const token = await newToken("jwt", { restrictions: [clause] });
    const { status, body } = await exchangeOf(token);
    expect([status, body["audience"]]).toEqual([200, ["https://a.example"]]);
    const { scope, resource } = await lastRefresh(token);
    expect([scope, resource]).toEqual([["openid email offline_access"], ["https://a.example"]]);
  });

  it.each([
    ["scope", { scope: "openid profile" }],
    ["audience", { audience: "https://b.example" }],
    ["resource", { resource: "https://b.example" }],
    ["one value of several", { scope: "openid email profile" }],
  ])("%s beyond every clause: 403, nothing sent or spent", async (_name, request) => {
    const token = await newToken("jwt", { restrictions: [{ scope: "openid email", audience: ["https://a.example"] }] });
    const { status, body } = await exchangeOf(token, request);
    expect([status, body["error"]]).toEqual([403, "usage_restricted"]);
    expect([await usesOf(token), await refreshesOf(token)]).toEqual([0, 0]);
  });

  it("the first clause that fits is charged, and no other", async () => {
    const token = await newToken("plain", {
      restrictions: [
        { scope: "openid profile", usages_AT: 1 },
        { scope: "openid email", usages_AT: 1 },
      ],
    });
    const statuses: number[] = [];
    for (const scope of ["openid", "openid", "openid", "profile", "email"]) {
      statuses.push((await exchangeOf(token, { scope })).status);
    }
    expect(statuses).toEqual([200, 200, 403, 403, 403]);
  });

  it("an access token for another audience than the clause's is withheld, and the use given back", async () => {
    const token = await newToken("jwt-other", { restrictions: [{ audience: ["https://a.example"] }] });
    const { status, body } = await exchangeOf(token);
    expect([status, body["error"], body["access_token"]]).toEqual([555, "oidc_error", undefined]);
    expect(body["error_description"]).toMatch(/https:\/\/a\.example.*https:\/\/other\.example/);
    expect(await usesOf(token)).toBe(0);
  });

  it("an audience that the operator allows beside it is no reason", async () => {
    const token = await newToken("jwt-extra", { restrictions: [{ audience: ["https://a.example"] }] });
    expect((await exchangeOf(token)).body["audience"]).toEqual(["https://a.example", "https://account.example"]);
  });

  it("a scope that the provider adds is handed out: it is reported only", async () => {
    const token = await newToken("wide", { restrictions: [{ scope: "openid email" }] });
    const { status, body } = await exchangeOf(token);
    expect([status, body["scope"]]).toEqual([200, "openid email offline_access eduperson_entitlement"]);
  });
});

describe("clauses with nbf and exp", () => {
  it("within them", async () => {
    const token = await newToken("plain", { restrictions: [{ nbf: NOW() - 10, exp: NOW() + 1000 }] });
    expect((await exchangeOf(token)).status).toBe(200);
  });

  it("after the last exp the token is expired: 401", async () => {
    const token = await newToken("plain", { restrictions: [{ exp: NOW() + 1000 }] });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1_001_000 });
    const { status, body } = await exchangeOf(token);
    expect([status, body]).toEqual([401, { error: "invalid_token", error_description: "token is expired" }]);
    expect(await refreshesOf(token)).toBe(0);
  });

  it("after the exp of one clause the others still count, each for its own", async () => {
    const token = await newToken("plain", {
      restrictions: [
        { exp: NOW() + 100, scope: "openid profile" },
        { exp: NOW() + 1000, scope: "openid email" },
      ],
    });
    expect((await exchangeOf(token, { scope: "profile" })).status).toBe(200);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 101_000 });
    expect((await exchangeOf(token, { scope: "profile" })).status).toBe(403);
    expect((await exchangeOf(token, { scope: "email" })).status).toBe(200);
  });

  it("before nbf: 401 while no clause has begun, 403 for a clause that has not", async () => {
    const later = await newToken("plain", { restrictions: [{ nbf: NOW() + 1000 }] });
    const { status, body } = await exchangeOf(later);
    expect([status, body["error"]]).toEqual([401, "invalid_token"]);
    const partly = await newToken("plain", {
      restrictions: [{ nbf: NOW() + 1000, scope: "openid profile" }, { scope: "openid email" }],
    });
    expect((await exchangeOf(partly, { scope: "profile" })).status).toBe(403);
    expect((await exchangeOf(partly, { scope: "email" })).status).toBe(200);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 1_000_000 });
    expect([(await exchangeOf(later)).status, (await exchangeOf(partly, { scope: "profile" })).status]).toEqual([
      200, 200,
    ]);
  });

  it("usages_AT 0 is never", async () => {
    const token = await newToken("plain", { restrictions: [{ usages_AT: 0 }] });
    expect((await exchangeOf(token)).status).toBe(403);
  });
});

describe("what the token decides, in this order", () => {
  it("ended before the capability: 401", async () => {
    const token = await newToken("plain", { capabilities: ["tokeninfo"] });
    await token.object.retire();
    const { status, body } = await exchangeOf(token);
    expect([status, body]).toEqual([401, { error: "invalid_token", error_description: "token has been revoked" }]);
  });

  it("the capability before the clause: 403", async () => {
    const token = await newToken("plain", { capabilities: ["tokeninfo"], restrictions: [{ usages_AT: 0 }] });
    const { status, body } = await exchangeOf(token, { oidc_issuer: "https://other.example" });
    expect([status, body["error"]]).toEqual([403, "insufficient_capabilities"]);
    expect([await refreshesOf(token), (await eventsOf(token)).includes("AT_created")]).toEqual([0, false]);
  });

  it("the clause before the issuer: 403", async () => {
    const token = await newToken("plain", { restrictions: [{ usages_AT: 0 }] });
    const { status, body } = await exchangeOf(token, { oidc_issuer: "https://other.example" });
    expect([status, body["error"]]).toEqual([403, "usage_restricted"]);
  });

  it("another issuer than the token's: 400, its own by either name: 200", async () => {
    const token = await countedToken("plain");
    const { status, body } = await exchangeOf(token, { oidc_issuer: fakeIssuer("rotating") });
    expect([status, body]).toEqual([
      400,
      { error: "invalid_request", error_description: "token not for specified issuer" },
    ]);
    expect([await usesOf(token), await refreshesOf(token)]).toEqual([0, 0]);
    expect((await exchangeOf(token, { oidc_issuer: fakeIssuer("plain") })).status).toBe(200);
    for (const name of ["issuer", "oidc_issuer"]) {
      const fields = [
        ["grant_type", "mytoken"],
        ["mytoken", token.text],
        [name, fakeIssuer("rotating")],
      ] as const;
      expect([name, (await postForm(fields, token.from)).status]).toEqual([name, 400]);
    }
  });
});

describe("a client that knows nothing of rotation", () => {
  it("keeps its token where the token does not rotate on access tokens", async () => {
    const token = await newToken("plain", { rotation: { on_other: true } });
    for (const round of [1, 2]) {
      const { status, body } = await exchangeOf(token);
      expect([round, status, body["token_update"]]).toEqual([round, 200, undefined]);
    }
  });

  it("is told of the provider's refusal, and no token is rotated away", async () => {
    const token = await newToken("plain", { rotation: { on_AT: true } });
    await scriptFor(token, [{ answer: { status: 400, body: { error: "invalid_scope" } } }]);
    expect((await exchangeOf(token)).body).not.toHaveProperty("token_update");
    expect((await exchangeOf(token)).status).toBe(200);
  });
});
