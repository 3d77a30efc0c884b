import { env } from "cloudflare:workers";
import { evictDurableObject, listDurableObjectIds } from "cloudflare:test";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Authorization } from "../../src/objects/authorization/authorization.ts";
import { ISSUER } from "../fixtures/addresses.mjs";
import { type Answer, login, post } from "../fixtures/client.ts";
import { fakeIssuer } from "../fixtures/fake-control.ts";
import { elsewhere, flowObject, flowRow, later, poll, stopClock } from "../storage/inside.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function startWith(request: Record<string, unknown>, from = elsewhere()): Promise<Answer> {
  const body = { grant_type: "oidc_flow", oidc_issuer: fakeIssuer("plain"), ...request };
  return post("/api/v0/token/my", body, from);
}

/** What a start left in its object. */
async function stored(answer: Answer) {
  expect(answer.status, JSON.stringify(answer.body)).toBe(200);
  const flow = await flowRow({ consentPath: String(answer.body["consent_uri"]).slice(ISSUER.length) });
  if (!flow) throw new Error("nothing is stored");
  return flow;
}

describe("the answer to a native start", () => {
  it("names where to consent, what to poll with, for how long and how often", async () => {
    const { status, headers, body } = await startWith({});
    expect(status).toBe(200);
    expect(body).toEqual({
      consent_uri: expect.stringMatching(/^http:\/\/localhost:8787\/c\/[A-Za-z0-9_-]{31}$/),
      polling_code: expect.stringMatching(/^[A-Za-z0-9_-]{31}$/),
      expires_in: 300,
      interval: 5,
    });
    expect(headers.get("Content-Type")).toBe("application/json");
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Set-Cookie")).toBeNull();
  });

  it("gives codes of which none can be computed from the other: they share the flow's name and nothing else", async () => {
    const { body } = await startWith({});
    const consent = String(body["consent_uri"]).slice(`${ISSUER}/c/`.length);
    const polling = String(body["polling_code"]);
    expect(consent.slice(0, 8)).toBe(polling.slice(0, 8));
    expect(consent.slice(8)).not.toBe(polling.slice(8));
  });

  it("comes only after the flow is durable: it survives an eviction right after the answer", async () => {
    const { body } = await startWith({});
    const flow = {
      consentPath: String(body["consent_uri"]).slice(ISSUER.length),
      pollingCode: String(body["polling_code"]),
    };
    await evictDurableObject(flowObject(flow));
    expect((await poll(flow)).body["error"]).toBe("authorization_pending");
  });

  it("has no codes if the flow could not be stored", async () => {
    vi.spyOn(Authorization.prototype, "start").mockRejectedValueOnce(new Error("reset before the write"));
    const { status, body } = await startWith({});
    expect(status).toBeGreaterThanOrEqual(500);
    expect(body).not.toHaveProperty("polling_code");
  });

  it("comes after the flow can be found: the first poll already knows it", async () => {
    const flows = await Promise.all(Array.from({ length: 8 }, () => startWith({})));
    for (const { body } of flows) {
      const polled = await poll({ consentPath: "", pollingCode: String(body["polling_code"]) });
      expect(polled.body["error"]).toBe("authorization_pending");
    }
  });
});

describe("what is asked for", () => {
  it("is AT and tokeninfo, with nothing else, if nothing is said", async () => {
    const flow = await stored(await startWith({}));
    expect(flow.request).toEqual({
      issuer: fakeIssuer("plain"),
      capabilities: ["AT", "tokeninfo"],
      subtokenCapabilities: null,
      restrictions: [],
      rotation: null,
      name: null,
      tags: [],
      responseType: null,
      maxTokenLength: null,
      applicationName: null,
    });
    expect([flow.client, flow.state, flow.redirect_uri]).toEqual(["native", "pending", null]);
    expect(flow.expires - flow.created).toBe(300);
  });

  it.each([
    "client_type",
    "redirect_uri",
    "name",
    "restrictions",
    "capabilities",
    "rotation",
    "response_type",
    "max_token_len",
    "application_name",
    "include",
  ])("%s: null is as if it were not there", async (member) => {
    const said = await stored(await startWith({ [member]: null }));
    const unsaid = await stored(await startWith({}));
    expect(said.request).toEqual(unsaid.request);
    expect(said.client).toBe("native");
  });

  it.each([
    ["an empty list of capabilities", { capabilities: [] }],
    ["restrictions that say nothing", { restrictions: [{}] }],
  ])("%s is the default", async (_, request) => {
    const { request: asked } = await stored(await startWith(request));
    expect([asked.capabilities, asked.restrictions]).toEqual([["AT", "tokeninfo"], []]);
  });

  it("is kept: name, capabilities, rotation, application, response type", async () => {
    const { request } = await stored(
      await startWith({
        name: "night job",
        capabilities: ["AT", "create_mytoken"],
        rotation: { on_AT: true, lifetime: 60 },
        application_name: "cron",
        response_type: "short_token",
      }),
    );
    expect(request).toMatchObject({
      name: "night job",
      capabilities: ["AT", "create_mytoken"],
      rotation: { on_AT: true, lifetime: 60 },
      applicationName: "cron",
      responseType: "short_token",
    });
  });

  it("relative times are made absolute at the start, not at the end", async () => {
    stopClock();
    const flow = await stored(await startWith({ restrictions: [{ exp: "+1h" }] }));
    expect(flow.request.restrictions).toEqual([{ exp: flow.created + 3600 }]);
  });

  it("`this` becomes the address of whoever starts, and stays it although the browser is elsewhere", async () => {
    const from = { address: "10.9.8.7" };
    const request = { restrictions: [{ hosts: ["this", "10.1.1.1"] }] };
    const flow = await stored(await startWith(request, from));
    expect(flow.request.restrictions).toEqual([{ hosts: ["10.9.8.7", "10.1.1.1"] }]);
  });

  it("`this` is refused where nobody knows the address", async () => {
    const { status, body } = await startWith({ restrictions: [{ hosts: ["this"] }] }, { address: "unknown" });
    expect([status, body["error"]]).toEqual([400, "invalid_request"]);
    expect(body["error_description"]).toContain("hosts");
  });

  it("templates and profiles are expanded: `web-default` and `agent`", async () => {
    stopClock();
    const from = { address: "10.9.8.6" };
    const web = await stored(await startWith({ include: "web-default" }, from));
    expect(web.request.capabilities).toEqual(["AT", "tokeninfo"]);
    expect(web.request.restrictions).toEqual([{ exp: web.created + 12 * 3600, hosts: ["10.9.8.6"], usages_AT: 15 }]);
    const agent = await stored(await startWith({ include: ["agent"] }));
    expect(agent.request.capabilities).toEqual(["AT", "tokeninfo", "manage_mytokens", "create_mytoken", "settings"]);
    const named = await stored(await startWith({ restrictions: "1d", rotation: "at" }));
    expect(named.request.restrictions).toEqual([{ exp: named.created + 86_400 }]);
    expect(named.request.rotation).toEqual({ on_AT: true });
  });

  it("the issuer may be given with or without its slash, and is kept as configured", async () => {
    const flow = await stored(await startWith({ oidc_issuer: `${fakeIssuer("plain")}/` }));
    expect(flow.request.issuer).toBe(fakeIssuer("plain"));
  });

  it("a native flow takes no notice of redirect_uri", async () => {
    const flow = await stored(await startWith({ redirect_uri: "https://evil.example/" }));
    expect([flow.client, flow.redirect_uri]).toEqual(["native", null]);
  });
});

describe("a start is refused, and leaves no object:", () => {
  const NAME_OF_101 = "n".repeat(101);
  it.each<[string, Record<string, unknown>, string | RegExp]>([
    ["an unknown issuer", { oidc_issuer: "https://nobody.example" }, "The provided issuer is not supported"],
    ["no issuer", { oidc_issuer: undefined }, "The provided issuer is not supported"],
    ["an issuer with another letter case", { oidc_issuer: "HTTP://localhost" }, "The provided issuer is not supported"],
    ["another flow", { oidc_flow: "device" }, "value 'device' not valid for OIDCFlow"],
    ["a name over 100 characters", { name: NAME_OF_101 }, "a name has at most 100 characters"],
    ["a token that is dead already", { restrictions: [{ exp: 1 }] }, "token would already be expired"],
    ["an unknown key in a clause", { restrictions: [{ ips: ["10.0.0.1"] }] }, /'ips' is not known/],
    ["`host` for `hosts`", { restrictions: [{ exp: "+1d" }, { host: "x" }] }, /clause 1: 'host' is not known/],
    ["__proto__ as a key", JSON.parse('{"restrictions":[{"__proto__":{"exp":1}}]}'), /'__proto__' is not known/],
    ["constructor as a template", { restrictions: "constructor" }, /constructor/],
    ["an unknown profile", { include: "nope" }, /nope/],
    ["a negative lifetime", { rotation: { lifetime: -1 } }, /lifetime/],
    ["a number for the name", { name: 5 }, /name/],
    ["a list for the issuer", { oidc_issuer: ["x"] }, /oidc_issuer/],
    ["a number for client_type", { client_type: 1 }, "client_type: expected string"],
  ])("%s", async (_, request, description) => {
    const before = await listDurableObjectIds(env.AUTHORIZATION);
    const { status, body } = await startWith(request);
    expect([status, body["error"]]).toEqual([400, "invalid_request"]);
    expect(body["error_description"]).toEqual(
      typeof description === "string" ? description : expect.stringMatching(description),
    );
    expect(await listDurableObjectIds(env.AUTHORIZATION)).toHaveLength(before.length);
  });

  it("one clause that is alive keeps the whole token alive", async () => {
    const flow = await stored(await startWith({ restrictions: [{ exp: 1 }, { exp: "+1h" }] }));
    expect(flow.request.restrictions).toHaveLength(2);
  });

  it.each([undefined, null, "ssh", "OIDC_FLOW", ""])("grant_type %j", async (grantType) => {
    const { status, body } = await startWith({ grant_type: grantType });
    expect([status, body]).toEqual([400, { error: "invalid_grant", error_description: "Unsupported grant_type" }]);
  });

  it("grant_type in the query counts first", async () => {
    const body = { grant_type: "ssh", oidc_issuer: fakeIssuer("plain") };
    const answer = await post("/api/v0/token/my?grant_type=oidc_flow", body, elsewhere());
    expect(answer.status).toBe(200);
  });
});

describe("the finished login", () => {
  it("has what was asked for: name in no answer, restrictions, rotation and lifetime in the token's", async () => {
    const answer = await login({
      request: { restrictions: [{ exp: "+1h" }], rotation: { on_AT: true }, capabilities: ["AT"] },
      approval: { restrictions: [{ exp: Math.floor(Date.now() / 1000) + 3600 }] },
      from: elsewhere(),
    });
    expect(answer).toEqual({
      mytoken: expect.stringMatching(/^[\w-]+\.[\w-]+\.[\w-]+$/),
      mom_id: expect.stringMatching(/^[0-9A-Za-z]{22}$/),
      expires_in: expect.any(Number),
      capabilities: ["AT"],
      rotation: { on_AT: true },
      mytoken_type: "token",
      restrictions: [{ exp: expect.any(Number) }],
    });
    expect(answer["expires_in"]).toBeGreaterThan(3590);
    expect(answer["expires_in"]).toBeLessThanOrEqual(3600);
  });

  it("without restrictions and rotation has neither member, and does not expire", async () => {
    const answer = await login({ from: elsewhere() });
    expect(Object.keys(answer).sort()).toEqual(["capabilities", "mom_id", "mytoken", "mytoken_type"]);
  });

  it("the clock of the start counts for `token would already be expired`", async () => {
    const exp = Math.floor(Date.now() / 1000) + 10;
    expect((await startWith({ restrictions: [{ exp }] })).status).toBe(200);
    later(12);
    expect((await startWith({ restrictions: [{ exp }] })).body["error_description"]).toBe(
      "token would already be expired",
    );
  });
});
