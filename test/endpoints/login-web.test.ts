/** Logins of web applications: where they may return to, who skips consent, and how the token arrives (DESIGN §8). */
import { createExecutionContext, listDurableObjectIds, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import worker from "../../src/index.ts";
import { ISSUER } from "../fixtures/addresses.mjs";
import { logIn } from "../fixtures/browser.ts";
import { type Answer, answerOf, approve, comeBack, exchange, post, send } from "../fixtures/client.ts";
import { fakeIssuer, fakeLog, script, someUser } from "../fixtures/fake-control.ts";
import { elsewhere, flowObject, flowRow, later, poll, runAlarms, tables } from "../storage/inside.ts";

afterEach(() => {
  vi.useRealTimers();
});

const webStart = (redirectUri: unknown, more: Record<string, unknown> = {}) => ({
  grant_type: "oidc_flow",
  oidc_issuer: fakeIssuer("plain"),
  client_type: "web",
  redirect_uri: redirectUri,
  ...more,
});

function startWeb(redirectUri: unknown, more: Record<string, unknown> = {}): Promise<Answer> {
  return post("/api/v0/token/my", webStart(redirectUri, more), elsewhere());
}

function consentPathOf({ body }: Answer): { consentPath: string; pollingCode: string } {
  return { consentPath: String(body["consent_uri"]).slice(ISSUER.length), pollingCode: "" };
}

/** Approval, the provider, and back: the answer of `/redirect`. */
async function finishWeb(redirectUri: string, user = someUser()): Promise<Response> {
  const { authorizationUri, cookie } = await approve(consentPathOf(await startWeb(redirectUri)));
  const back = await logIn(authorizationUri, user, `${ISSUER}/redirect`);
  return comeBack(back.pathname + back.search, cookie);
}

describe("a web flow starts", () => {
  it.each([
    "/home",
    "/",
    "/a/b?c=d#e",
    "/%5cevil.example",
    "https://app.example",
    "https://app.example:8443/back?x=1",
    "http://localhost:3000/back",
    "http://127.0.0.1/",
    "http://[::1]:3000/",
  ])("with redirect_uri %s: only the consent page is named, there is nothing to poll", async (redirectUri) => {
    const answer = await startWeb(redirectUri);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ consent_uri: expect.stringMatching(/^http:\/\/localhost:8787\/c\/[\w-]{31}$/) });
    expect(await flowRow(consentPathOf(answer))).toMatchObject({
      client: "web",
      redirect_uri: redirectUri,
      polling_hash: null,
      public_key: null,
      sealed_private_key: null,
    });
  });
});

describe("a web flow is refused with redirect_uri", () => {
  it.each([
    "//evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    " /home",
    "/ho me",
    "home",
    "http://app.example/back",
    "http://127.0.0.1.evil.example/",
    "http://localhost.evil.example/",
    "https:evil.example\\@app.example",
    "https://app.example/\n",
    "javascript:alert(1)",
    "data:text/html,x",
    "ftp://app.example/",
    "https://",
  ])("%j: 400, and there is no object", async (redirectUri) => {
    const before = await listDurableObjectIds(env.AUTHORIZATION);
    const { status, body } = await startWeb(redirectUri);
    expect([status, body["error"]]).toEqual([400, "invalid_request"]);
    expect(body["error_description"]).toMatch(/^redirect_uri /);
    expect(await listDurableObjectIds(env.AUTHORIZATION)).toHaveLength(before.length);
  });

  it.each([undefined, null, ""])("%j: it must be given", async (redirectUri) => {
    const { status, body } = await startWeb(redirectUri);
    expect([status, body]).toEqual([
      400,
      {
        error: "invalid_request",
        error_description: "parameter redirect_uri must be given for client_type=web",
      },
    ]);
  });

  it.each([5, ["/home"], {}])("%j: it must be a text", async (redirectUri) => {
    expect((await startWeb(redirectUri)).status).toBe(400);
  });
});

describe("the consent page of a web flow", () => {
  const pageOf = async (redirectUri: string) => {
    const { consentPath } = consentPathOf(await startWeb(redirectUri));
    return (await send(consentPath, { headers: { Accept: "text/html" } })).text();
  };

  it.each([
    ["https://app.example:8443/back", "app.example:8443"],
    ["https://user:pw@evil.example/app.example", "evil.example"],
    ["https://xn--e1awd7f.example/", "xn--e1awd7f.example"],
    ["http://localhost:3000/", "localhost:3000"],
  ])("names the other site: %s → %s", async (redirectUri, named) => {
    expect(await pageOf(redirectUri)).toContain(`<strong>${named}</strong>, another site`);
  });

  it("names none where the way leads back to us", async () => {
    expect(await pageOf("/home")).not.toContain("another site");
  });

  it("leads home after declining", async () => {
    const { consentPath } = consentPathOf(await startWeb("https://app.example/"));
    const answer = await answerOf(await send(consentPath, { method: "POST" }));
    expect([answer.status, answer.body]).toEqual([278, { url: "/" }]);
  });
});

describe("the token arrives", () => {
  const SESSION = /^mytoken=([\w-]+\.[\w-]+\.[\w-]+); Max-Age=604800; Path=\/api; SameSite=Strict; HttpOnly$/;

  it.each(["/home?x=1", "https://app.example/back?x=1"])("by cookie, on the way to %s", async (redirectUri) => {
    const response = await finishWeb(redirectUri);
    expect([response.status, response.headers.get("Location")]).toEqual([303, redirectUri]);
    const [ended, session, ...more] = response.headers.getSetCookie();
    expect(more).toEqual([]);
    expect(ended).toMatch(/^mytoken-login-[\w-]{8}=; Max-Age=0; Path=\/redirect; SameSite=Lax; HttpOnly$/);
    expect(session).toMatch(SESSION);
    expect(response.headers.get("Location")).not.toContain("eyJ");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect((await exchange(SESSION.exec(session ?? "")?.[1] ?? "")).status).toBe(200);
  });

  it.each(["/日本", "/über?q=ß", "https://app.example/日本", "https://münchen.example/", "/a\u0000b\u0001\u007f"])(
    "also on the way to %j, which no header can hold as it is",
    async (redirectUri) => {
      const response = await finishWeb(redirectUri);
      expect(response.status).toBe(303);
      const location = String(response.headers.get("Location"));
      expect(location).toMatch(/^[\x21-\x7e]+$/);
      expect(new URL(location, ISSUER).href).toBe(new URL(redirectUri, ISSUER).href);
    },
  );

  it.each<[string, Record<string, unknown>, RegExp]>([
    [
      "a transfer code",
      { response_type: "transfer_code" },
      /^mytoken-transfercode=[A-Za-z]{8}; Max-Age=300; Path=\/api; /,
    ],
    ["a short token", { response_type: "short_token" }, /^mytoken=mts_[0-9A-Za-z]{60}; Max-Age=604800; Path=\/api; /],
    ["what fits into the length", { max_token_len: 20 }, /^mytoken-transfercode=[A-Za-z]{8}; Max-Age=300; /],
  ])(
    "in the form that was asked for, and the cookie is named for what it holds (QUIRK-38): %s",
    async (_, request, cookie) => {
      const flow = consentPathOf(await startWeb("/home", request));
      const approved = await approve(flow);
      const back = await logIn(approved.authorizationUri, someUser(), `${ISSUER}/redirect`);
      const response = await comeBack(back.pathname + back.search, approved.cookie);
      const [, session, ...more] = response.headers.getSetCookie();
      expect([response.status, session, more]).toEqual([303, expect.stringMatching(cookie), []]);
      expect(session).toMatch(/SameSite=Strict; HttpOnly$/);
    },
  );

  it("only to the browser that approved; there is nothing to collect, and nothing of it is kept", async () => {
    const flow = consentPathOf(await startWeb("/home"));
    const { authorizationUri, cookie } = await approve(flow);
    const back = await logIn(authorizationUri, someUser(), `${ISSUER}/redirect`);
    const stranger = await comeBack(back.pathname + back.search, null);
    expect([stranger.status, stranger.headers.getSetCookie()]).toEqual([400, []]);
    expect((await comeBack(back.pathname + back.search, cookie)).status).toBe(303);
    expect(await flowRow(flow)).toMatchObject({ state: "collected", sealed_token: null, mom_id: null });
    const again = await comeBack(back.pathname + back.search, cookie);
    expect([again.status, again.headers.getSetCookie()]).toEqual([400, []]);
    later(600);
    await runAlarms(flowObject(flow));
    later(3601);
    await runAlarms(flowObject(flow));
    expect(await tables(flowObject(flow))).toEqual([]);
  });

  it("not at all if the provider refuses: no cookie but the old one, no redirect", async () => {
    const user = someUser();
    await script("plain", user, [{ answer: { status: 400, body: { error: "invalid_grant" } } }]);
    const response = await finishWeb("https://app.example/", user);
    expect([response.status, response.headers.get("Location")]).toEqual([400, null]);
    expect(response.headers.getSetCookie()).toEqual([]);
    expect((await fakeLog("plain", user)).families).toEqual([]);
  });
});

describe("a trusted path skips consent", () => {
  /** The Worker with settings of its own; its objects have those of all tests, and do not look at these. */
  async function startTrusting(
    redirectUri: string,
    headers: Record<string, string> = {},
    settings: Record<string, unknown> = { TRUSTED_REDIRECT_PATHS: '["/home"]' },
  ): Promise<Answer> {
    const context = createExecutionContext();
    const request = new Request(`${ISSUER}/api/v0/token/my`, {
      method: "POST",
      body: JSON.stringify(webStart(redirectUri, { capabilities: ["AT"], restrictions: [{ usages_AT: 2 }] })),
      headers: { "Content-Type": "application/json", "CF-Connecting-IP": String(elsewhere().address), ...headers },
    });
    const response = await worker.fetch(request, { ...env, ...settings }, context);
    await waitOnExecutionContext(context);
    return answerOf(response);
  }

  it.each<[string, Record<string, string>]>([
    ["no Origin", {}],
    ["our own Origin", { Origin: ISSUER }],
  ])(
    "with %s: the provider's address and the login cookie at once, and the login can be finished",
    async (_, headers) => {
      const { status, headers: answered, body } = await startTrusting("/home", headers);
      expect([status, Object.keys(body)]).toEqual([278, ["authorization_uri"]]);
      const cookie = answered.get("Set-Cookie") ?? "";
      expect(cookie).toMatch(
        /^mytoken-login-[\w-]{8}=[\w-]{32}; Max-Age=300; Path=\/redirect; SameSite=Lax; HttpOnly$/,
      );
      const back = await logIn(String(body["authorization_uri"]), someUser(), `${ISSUER}/redirect`);
      const path = back.pathname + back.search;
      expect((await comeBack(path, null)).status).toBe(400);
      const response = await comeBack(path, cookie.split(";")[0] ?? "");
      expect([response.status, response.headers.get("Location")]).toEqual([303, "/home"]);
      const token = /^mytoken=([^;]+)/.exec(response.headers.getSetCookie()[1] ?? "")?.[1] ?? "";
      for (const expected of [200, 200, 403]) expect((await exchange(token)).status).toBe(expected);
    },
  );

  it.each<[string, string, Record<string, string>]>([
    ["another site's Origin", "/home", { Origin: "https://evil.example" }],
    ["Origin null, of a sandboxed page", "/home", { Origin: "null" }],
    ["our host with another scheme", "/home", { Origin: "https://localhost:8787" }],
    ["our host with another port", "/home", { Origin: "http://localhost:1" }],
    ["a path that only begins like it", "/home/else", {}],
    ["the path with a query", "/home?x=1", {}],
    ["the path with a slash", "/home/", {}],
    ["the path with another letter case", "/HOME", {}],
    ["the path as a whole address", `${ISSUER}/home`, {}],
    ["the path of another site", "https://evil.example/home", {}],
  ])("but not with %s: the consent page comes first", async (_, redirectUri, headers) => {
    const { status, headers: answered, body } = await startTrusting(redirectUri, headers);
    expect([status, Object.keys(body)]).toEqual([200, ["consent_uri"]]);
    expect(answered.get("Set-Cookie")).toBeNull();
  });

  it("nobody is trusted by default", async () => {
    expect((await startTrusting("/home", {}, {})).status).toBe(200);
  });

  it("where polling is switched off, every flow is a web flow, and no code is collected", async () => {
    const off = { POLLING_CODES: "off" };
    const context = createExecutionContext();
    const ask = async (body: object) => {
      const request = new Request(`${ISSUER}/api/v0/token/my`, { method: "POST", body: JSON.stringify(body) });
      return answerOf(await worker.fetch(request, { ...env, ...off }, context));
    };
    const start = { grant_type: "oidc_flow", oidc_issuer: fakeIssuer("plain"), client_type: "native" };
    expect((await ask(start)).body["error_description"]).toContain("redirect_uri must be given");
    expect((await ask({ ...start, redirect_uri: "/home" })).body).not.toHaveProperty("polling_code");
    const polled = await ask({ grant_type: "polling_code", polling_code: "x" });
    expect([polled.status, polled.body["error"]]).toEqual([400, "invalid_grant"]);
    await waitOnExecutionContext(context);
  });
});

it("the consent code of a web flow is no polling code", async () => {
  const { consentPath } = consentPathOf(await startWeb("/home"));
  const { status } = await poll({ consentPath, pollingCode: consentPath.slice("/c/".length) });
  expect(status).toBe(401);
});
