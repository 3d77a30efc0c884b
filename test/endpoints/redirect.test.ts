import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ISSUER } from "../fixtures/addresses.mjs";
import { logIn } from "../fixtures/browser.ts";
import { approve, comeBack, exchange, send, start, type StartedFlow } from "../fixtures/client.ts";
import { fakeIssuer, fakeLog, script, someUser, type Step } from "../fixtures/fake-control.ts";
import { begin, elsewhere, flowIdIn, flowRow, later, poll } from "../storage/inside.ts";

afterEach(() => {
  vi.useRealTimers();
});

interface AtTheDoor {
  readonly flow: StartedFlow;
  readonly user: string;
  readonly cookie: string;
  /** `/redirect` with its query, not yet visited. */
  readonly path: string;
}

/** A login whose person is done at the provider: the browser stands at `/redirect`. */
async function atTheDoor(trait = "plain", atAuthorization: Step = {}): Promise<AtTheDoor> {
  const options = { issuer: fakeIssuer(trait), from: elsewhere() };
  const flow = await start(options);
  const { authorizationUri, cookie } = await approve(flow, options);
  const user = someUser();
  await script(trait, user, [atAuthorization], "authorize");
  const back = await logIn(authorizationUri, user, `${ISSUER}/redirect`);
  return { flow, user, cookie, path: back.pathname + back.search };
}

function withQuery(path: string, changes: Readonly<Record<string, string | null>>): string {
  const url = new URL(path, ISSUER);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null) url.searchParams.delete(name);
    else url.searchParams.set(name, value);
  }
  return url.pathname + url.search;
}

const codesSent = async (trait: string, user: string) =>
  (await fakeLog(trait, user)).counts["token authorization_code"] ?? 0;

/** What the poller is told. */
const polled = async (flow: StartedFlow) => {
  const { status, body } = await poll(flow);
  return [status, body["error"]];
};
const PENDING = [428, "authorization_pending"];
const BAD_CODE = [401, "invalid_token"];

describe("a good return", () => {
  it("goes on to the page for programs, takes the cookie back, and leaves a token for the poller", async () => {
    const { flow, path, cookie, user } = await atTheDoor();
    const response = await comeBack(path, cookie);
    expect([response.status, response.headers.get("Location")]).toEqual([303, "/native"]);
    expect(response.headers.get("Set-Cookie")).toBe(
      `mytoken-login-${flowIdIn(flow)}=; Max-Age=0; Path=/redirect; SameSite=Lax; HttpOnly`,
    );
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await codesSent("plain", user)).toBe(1);
    const { status, body } = await poll(flow);
    expect(status).toBe(200);
    expect((await exchange(String(body["mytoken"]))).status).toBe(200);
  });

  it("names the application on the way, encoded (QUIRK-27)", async () => {
    const flow = await begin({ request: { application_name: "a b&c=ü" } });
    const { authorizationUri, cookie } = await approve(flow);
    const back = await logIn(authorizationUri, someUser(), `${ISSUER}/redirect`);
    const response = await comeBack(back.pathname + back.search, cookie);
    const location = String(response.headers.get("Location"));
    expect(location).toBe("/native?application=a%20b%26c%3D%C3%BC");
    const page = await send(location);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("a b&amp;c=ü")]);
  });

  it("cannot be repeated by reloading: the second visit is told 400, the token stays", async () => {
    const { flow, path, cookie, user } = await atTheDoor();
    expect((await comeBack(path, cookie)).status).toBe(303);
    const again = await comeBack(path, cookie);
    expect([again.status, await again.text()]).toEqual([400, expect.stringContaining("State mismatched")]);
    expect(await codesSent("plain", user)).toBe(1);
    expect((await poll(flow)).status).toBe(200);
    expect((await comeBack(path, cookie)).status).toBe(400);
  });

  it("of two, four, eight at once: one finishes, one code goes to the provider", async () => {
    for (const parallel of [2, 4, 8]) {
      const { flow, path, cookie, user } = await atTheDoor();
      const responses = await Promise.all(Array.from({ length: parallel }, () => comeBack(path, cookie)));
      const statuses = responses.map(({ status }) => status).toSorted((a, b) => a - b);
      expect(statuses).toEqual([303, ...Array.from({ length: parallel - 1 }, () => 400)]);
      expect(await codesSent("plain", user)).toBe(1);
      expect((await poll(flow)).status).toBe(200);
    }
  });
});

describe("HEAD", () => {
  it("is answered 404, and spends neither state nor code", async () => {
    const { flow, path, cookie, user } = await atTheDoor();
    const response = await send(path, { method: "HEAD", headers: { Cookie: cookie } });
    expect(response.status).toBe(404);
    expect(await codesSent("plain", user)).toBe(0);
    expect(await polled(flow)).toEqual(PENDING);
    expect((await comeBack(path, cookie)).status).toBe(303);
  });
});

describe("without a state that is good now: 400, no object is made, and nothing of the query comes back", () => {
  it.each([
    ["no query", ""],
    ["no state", "?code=SECRETCODE"],
    ["an empty state", "?code=SECRETCODE&state="],
    ["nonsense", "?code=SECRETCODE&state=NONSENSE"],
    ["a forged state", `?code=SECRETCODE&state=${"A".repeat(32)}`],
    ["an error without state", "?error=ECHOEDERROR&error_description=ECHOEDTEXT"],
  ])("%s", async (_, query) => {
    const before = await listDurableObjectIds(env.AUTHORIZATION);
    const response = await send(`/redirect${query}`, {}, elsewhere());
    expect(response.status).toBe(400);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(await response.text()).not.toMatch(/SECRETCODE|NONSENSE|ECHOED|AAAA/);
    expect(await listDurableObjectIds(env.AUTHORIZATION)).toHaveLength(before.length);
  });

  it("a consent or polling code as state", async () => {
    const { flow, path, cookie } = await atTheDoor();
    for (const code of [flow.pollingCode, flow.consentPath.slice("/c/".length)]) {
      expect((await comeBack(withQuery(path, { state: code }), cookie, elsewhere())).status).toBe(400);
      expect((await comeBack(withQuery(path, { state: `${code}A` }), cookie, elsewhere())).status).toBe(400);
    }
    expect((await comeBack(path, cookie)).status).toBe(303);
  });

  it("a state that came twice, with the cookie: nothing is spent", async () => {
    const { flow, path, cookie } = await atTheDoor();
    const state = new URL(path, ISSUER).searchParams.get("state") ?? "";
    expect((await comeBack(`${path}&state=${state}`, cookie)).status).toBe(400);
    expect(await polled(flow)).toEqual(PENDING);
    expect((await comeBack(path, cookie)).status).toBe(303);
  });

  it("a state whose time is over", async () => {
    const { flow, path, cookie, user } = await atTheDoor();
    later(301);
    expect((await comeBack(path, cookie)).status).toBe(400);
    expect(await codesSent("plain", user)).toBe(0);
    expect(await polled(flow)).toEqual([401, "expired_token"]);
  });
});

describe("another browser than the one that approved (RFC 9700 §4.7) is refused, and the right one can still finish:", () => {
  const QUERIES: readonly [string, Readonly<Record<string, string | null>>][] = [
    ["with the code", {}],
    ["with an error", { code: null, error: "access_denied", error_description: "ECHOED" }],
    ["with another error", { code: null, error: "server_error", error_description: "ECHOED" }],
  ];
  describe.each(QUERIES)("%s", (_, changes) => {
    it.each(["no cookie", "a made-up cookie", "an empty cookie", "the cookie of another login"])(
      "%s",
      async (which) => {
        const { flow, path, cookie, user } = await atTheDoor();
        const name = `mytoken-login-${flowIdIn(flow)}`;
        const otherSecret = (await atTheDoor()).cookie.split("=")[1];
        const cookies: Record<string, string | null> = {
          "no cookie": null,
          "a made-up cookie": `${name}=${"A".repeat(32)}`,
          "an empty cookie": `${name}=`,
          "the cookie of another login": `${name}=${otherSecret}`,
        };
        const before = await flowRow(flow);
        const response = await comeBack(withQuery(path, changes), cookies[which] ?? null);
        const text = await response.text();
        expect(response.status).toBe(400);
        expect(text).toContain("State mismatched");
        expect(text).not.toMatch(/ECHOED|access_denied|server_error|fake-code/);
        expect(response.headers.get("Set-Cookie")).toBeNull();
        expect(await flowRow(flow)).toEqual(before);
        expect(await codesSent("plain", user)).toBe(0);
        expect(await polled(flow)).toEqual(PENDING);
        expect((await comeBack(path, cookie)).status).toBe(303);
        expect((await poll(flow)).status).toBe(200);
      },
    );
  });
});

describe("the provider says no", () => {
  it("access_denied: the person declined there, and the poller is told so", async () => {
    const { flow, path, cookie } = await atTheDoor("plain", { error: "access_denied", error_description: "<b>no</b>" });
    const response = await comeBack(path, cookie);
    const text = await response.text();
    expect(response.status).toBe(555);
    expect(text).toContain("OIDC error");
    expect(text).toContain("oidc_error: access_denied: &lt;b&gt;no&lt;/b&gt;");
    expect((await poll(flow)).body).toEqual({ error: "access_denied", error_description: "user declined consent" });
    expect((await comeBack(path, cookie)).status).toBe(400);
  });

  it.each(["server_error", "login_required", "temporarily_unavailable"])(
    "%s: the login failed, and the poller is told at once",
    async (error) => {
      const { flow, path, cookie } = await atTheDoor("plain", { error });
      const response = await comeBack(path, cookie);
      expect([response.status, await response.text()]).toEqual([555, expect.stringContaining(`oidc_error: ${error}`)]);
      expect(await polled(flow)).toEqual(BAD_CODE);
      expect((await send(flow.consentPath, { headers: { Accept: "application/json" } })).status).toBe(404);
    },
  );
});

describe("an answer that is not this provider's to this request: 400, nothing is spent", () => {
  it.each<[string, Readonly<Record<string, string | null>>]>([
    ["iss of another provider (RFC 9207)", { iss: "https://somebody-else.example" }],
    ["iss of another configured provider", { iss: fakeIssuer("late") }],
    ["no iss, where the provider says that it sends one", { iss: null }],
    ["neither code nor error", { code: null }],
    ["an empty code", { code: "" }],
    ["an error with iss of another provider", { code: null, error: "access_denied", iss: "https://evil.example" }],
    ["an implicit answer", { response: "x.y.z" }],
  ])("%s", async (_, changes) => {
    const { flow, path, cookie, user } = await atTheDoor();
    const response = await comeBack(withQuery(path, changes), cookie);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toMatch(/somebody-else|evil\.example|fake-code/);
    expect(await codesSent("plain", user)).toBe(0);
    expect(await polled(flow)).toEqual(PENDING);
    expect((await comeBack(path, cookie)).status).toBe(303);
  });

  it("no iss is good where the provider does not promise one", async () => {
    const { path, cookie } = await atTheDoor("noiss");
    expect(new URL(path, ISSUER).searchParams.has("iss")).toBe(false);
    expect((await comeBack(path, cookie)).status).toBe(303);
  });
});

describe("an answer to the code that is no login:", () => {
  /** What the page says, what the poller is told at once, and that nothing is left alive at the provider. */
  async function refused(trait: string, step: Step) {
    const door = await atTheDoor(trait);
    await script(trait, door.user, [step]);
    const response = await comeBack(door.path, door.cookie);
    const text = await response.text();
    expect(await polled(door.flow)).toEqual(BAD_CODE);
    expect((await comeBack(door.path, door.cookie)).status).toBe(400);
    expect(await codesSent(trait, door.user)).toBe(1);
    return { status: response.status, text, log: await fakeLog(trait, door.user) };
  }

  it("no refresh token: 555", async () => {
    const { status, text } = await refused("norefresh", {});
    expect([status, text]).toEqual([555, expect.stringContaining("oidc_error: Did not receive a refresh token")]);
  });

  it.each([null, ""])("refresh_token %j is none", async (refreshToken) => {
    const { status, text } = await refused("plain", { change: { refresh_token: refreshToken } });
    expect([status, text]).toEqual([555, expect.stringContaining("Did not receive a refresh token")]);
  });

  it.each([400, 401, 403, 500])("the code is refused: the provider's own status %i and text", async (status) => {
    const body = { error: "invalid_grant", error_description: "code <i>expired</i>" };
    const answer = await refused("plain", { answer: { status, body } });
    expect(answer.status).toBe(status);
    expect(answer.text).toContain("oidc_error: invalid_grant: code &lt;i&gt;expired&lt;/i&gt;");
  });

  it("refused with a success for its status: 555", async () => {
    const { status, log } = await refused("plain", { answer: { status: 299, body: { error: "invalid_grant" } } });
    expect(status).toBe(555);
    expect(log.families).toEqual([]);
  });

  it.each<[string, Step]>([
    ["a page", { answer: { status: 500, body: "<html>out of order</html>" } }],
    ["a page with 200", { answer: { status: 200, body: "<html>welcome</html>" } }],
    ["a cut connection", { cut: true }],
    ["a connection cut after the code was spent", { cut: true, commit: true }],
  ])("%s: 555", async (_, step) => {
    expect((await refused("plain", step)).status).toBe(555);
  });

  it.each([
    "missing",
    "empty",
    "garbage",
    "expired",
    "no_subject",
    "wrong_nonce",
    "no_nonce",
    "wrong_audience",
    "wrong_issuer",
    "malformed_signature",
    "bad_signature",
    "unknown_key",
    "alg_none",
    "alg_hs256",
  ])("ID token %s: 555, and the refresh token that came with it is revoked at the provider", async (idToken) => {
    const { status, text, log } = await refused("plain", { idToken });
    expect(status).toBe(555);
    expect(log.counts["revoke"]).toBe(1);
    expect(log.families).toEqual([expect.objectContaining({ revoked: "revoked by the client" })]);
    for (const secret of [...(log.families[0]?.refreshTokens ?? []), "fake-code", "eyJ"]) {
      expect(text).not.toContain(secret);
    }
  });

  it("an unknown token_type: 555, and the refresh token is revoked", async () => {
    const { status, log } = await refused("plain", { change: { token_type: "strange" } });
    expect(status).toBe(555);
    expect(log.families[0]?.revoked).toBe("revoked by the client");
  });

  it("none of the asked scopes granted: 555, the refresh token is revoked (QUIRK-36: nothing widens)", async () => {
    const issuer = fakeIssuer("narrow");
    const options = { issuer, from: elsewhere(), request: { restrictions: [{ scope: "storage.read" }] } };
    const flow = await start(options);
    const { authorizationUri, cookie } = await approve(flow, options);
    const user = someUser();
    const back = await logIn(authorizationUri, user, `${ISSUER}/redirect`);
    expect((await comeBack(back.pathname + back.search, cookie)).status).toBe(555);
    expect(await polled(flow)).toEqual(BAD_CODE);
    expect((await fakeLog("narrow", user)).families[0]?.revoked).toBe("revoked by the client");
  });
});

describe("an odd answer to the code that is a login all the same:", () => {
  it.each<[string, Step]>([
    ["status 201", { status: 201 }],
    ["expires_in null", { change: { expires_in: null } }],
    ["no token_type", { drop: ["token_type"] }],
    ["scope as a list", { change: { scope: ["openid", "offline_access"] } }],
  ])("%s", async (_, step) => {
    const { flow, path, cookie, user } = await atTheDoor();
    await script("plain", user, [step]);
    expect((await comeBack(path, cookie)).status).toBe(303);
    const { status, body } = await poll(flow);
    expect(status).toBe(200);
    expect((await exchange(String(body["mytoken"]))).status).toBe(200);
  });
});

describe("a closed tab", () => {
  it("loses nothing: the exchange goes on without the browser", async () => {
    const { flow, path, cookie, user } = await atTheDoor();
    await script("plain", user, [{ delay: 400 }]);
    const controller = new AbortController();
    const gone = send(path, { headers: { Cookie: cookie }, signal: controller.signal }).catch(() => null);
    await vi.waitUntil(async () => (await codesSent("plain", user)) === 1, { timeout: 3000 });
    controller.abort();
    await gone;
    await vi.waitUntil(async () => (await flowRow(flow))?.state === "fulfilled", { timeout: 3000 });
    expect((await poll(flow)).status).toBe(200);
  });
});
