import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ISSUER } from "../fixtures/addresses.mjs";
import { logIn } from "../fixtures/browser.ts";
import {
  type Answer,
  answerOf,
  approve,
  type ApprovedFlow,
  comeBack,
  finish,
  post,
  send,
  start,
  type StartedFlow,
} from "../fixtures/client.ts";
import { fakeIssuer, fakeLog, someUser } from "../fixtures/fake-control.ts";
import { begin, elsewhere, flowRow, later, poll } from "../storage/inside.ts";

afterEach(() => {
  vi.useRealTimers();
});

const TERMINAL = { address: "203.0.113.5", country: "FR" };
const BROWSER = { address: "203.0.113.6", country: "FR" };

/** What the page posts if nothing is changed. */
const APPROVAL = { oidc_issuer: fakeIssuer("plain"), capabilities: ["AT"], restrictions: [], rotation: null, name: "" };

async function shown(flow: Pick<StartedFlow, "consentPath">, from = BROWSER): Promise<string> {
  const response = await send(flow.consentPath, { headers: { Accept: "text/html" } }, from);
  expect(response.status).toBe(200);
  return response.text();
}

/** Declining is an approval of nothing: an empty body. */
async function decline(flow: StartedFlow): Promise<Answer> {
  return answerOf(await send(flow.consentPath, { method: "POST" }));
}

/** The person logs in and comes back; where the browser goes next, or what it is told. */
async function logInAndReturn(approved: ApprovedFlow, cookie: string | null = approved.cookie): Promise<Response> {
  const back = await logIn(approved.authorizationUri, someUser(), `${ISSUER}/redirect`);
  return comeBack(back.pathname + back.search, cookie);
}

const NOT_FOUND = { error: "not_found", error_description: "the consent code is unknown or expired" };

describe("the consent page shows", () => {
  it("who asks, as a claim; from where, and that it is not this browser", async () => {
    const flow = await start({ request: { application_name: "cron <b>job</b>" }, from: TERMINAL });
    const page = await shown(flow);
    expect(page).toContain("It calls itself “<bdi");
    expect(page).toContain("cron &lt;b&gt;job&lt;/b&gt;");
    expect(page).toContain("203.0.113.5, France (FR)");
    expect(page).toContain("203.0.113.6, France (FR)");
    expect(page).toContain("started from another address");
    expect(page).toContain("Continue only if you started this yourself.");
  });

  it("another country as the strongest warning, and no warning where all is the same", async () => {
    const flow = await start({ from: { address: "203.0.113.5", country: "BR" } });
    expect(await shown(flow)).toContain("started in another country than yours: Brazil (BR), not France (FR).");
    const here = await start({ from: BROWSER });
    expect(await shown(here)).not.toContain('class="warning"');
  });

  it("provider, name, capabilities, a summary of the restrictions, rotation", async () => {
    const flow = await begin({
      request: {
        name: "night job",
        capabilities: ["AT", "create_mytoken"],
        restrictions: [{ scope: "storage.read", usages_AT: 3 }],
        rotation: { on_AT: true },
      },
    });
    const page = await shown(flow);
    expect(page).toContain("Fake plain");
    expect(page).toContain(fakeIssuer("plain"));
    expect(page).toMatch(/name="name"[^>]*value="night job"/);
    expect(page).toMatch(/<input[^>]*value="create_mytoken"[^>]*checked/);
    expect(page).toMatch(/<input(?![^>]*checked)[^>]*value="settings"/);
    expect(page).toContain("storage.read");
    expect(page).toContain("usages_AT");
  });

  it("nothing that a browser may keep or frame", async () => {
    const flow = await begin();
    const { headers } = await send(flow.consentPath, { headers: { Accept: "text/html" } });
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("Content-Security-Policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("Set-Cookie")).toBeNull();
  });

  it("no code but its own, and looking changes nothing, however often", async () => {
    const flow = await begin();
    const before = await flowRow(flow);
    for (const _ of [1, 2, 3]) expect(await shown(flow)).not.toContain(flow.pollingCode);
    await send(flow.consentPath, { method: "HEAD" });
    expect(await flowRow(flow)).toEqual(before);
  });
});

describe("there is no consent page", () => {
  const page = async (path: string, accept: string) => {
    const response = await send(path, { headers: { Accept: accept } }, elsewhere());
    return { status: response.status, type: response.headers.get("Content-Type"), text: await response.text() };
  };

  it("for a code that is unknown: a page for browsers, JSON for others", async () => {
    const html = await page("/c/unknown", "text/html");
    expect([html.status, html.type]).toEqual([404, "text/html; charset=utf-8"]);
    const json = await page("/c/unknown", "application/json");
    expect([json.status, json.type, JSON.parse(json.text)]).toEqual([404, "application/json", NOT_FOUND]);
  });

  it("after declining, and after the time is over", async () => {
    const declined = await begin();
    await decline(declined);
    expect((await page(declined.consentPath, "text/html")).status).toBe(404);
    const late = await begin();
    later(300);
    expect((await page(late.consentPath, "text/html")).status).toBe(200);
    later(1);
    const { status, text } = await page(late.consentPath, "application/json");
    expect([status, JSON.parse(text)]).toEqual([404, NOT_FOUND]);
  });

  it("for a good code with one letter of its flow's name, secret or check changed; it reaches no object", async () => {
    const { consentPath, pollingCode } = await begin();
    const code = consentPath.slice("/c/".length);
    const before = await listDurableObjectIds(env.AUTHORIZATION);
    const changed = (at: number) => code.slice(0, at) + (code[at] === "A" ? "B" : "A") + code.slice(at + 1);
    const forged = [changed(0), changed(12), changed(30), code.slice(0, -1), `${code}A`, pollingCode, "A".repeat(31)];
    for (const text of forged) {
      expect((await page(`/c/${text}`, "application/json")).status, text).toBe(404);
      expect((await post(`/c/${text}`, APPROVAL, elsewhere())).body, text).toEqual(NOT_FOUND);
      expect((await answerOf(await send(`/c/${text}`, { method: "POST" }, elsewhere()))).body, text).toEqual(NOT_FOUND);
    }
    expect(await listDurableObjectIds(env.AUTHORIZATION)).toHaveLength(before.length);
    expect((await page(consentPath, "application/json")).status).toBe(200);
  });
});

describe("approving", () => {
  it("gives the provider's address and binds the login to this browser", async () => {
    const flow = await begin();
    const { status, headers, body } = await post(flow.consentPath, APPROVAL);
    expect(status).toBe(278);
    expect(Object.keys(body)).toEqual(["authorization_uri"]);
    const uri = new URL(String(body["authorization_uri"]));
    expect(uri.origin + uri.pathname).toBe(`${fakeIssuer("plain")}/authorize`);
    const state = uri.searchParams.get("state");
    expect(state).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(state).not.toContain(flow.consentPath.slice("/c/".length + 8));
    expect(state).not.toContain(flow.pollingCode.slice(8));
    expect(uri.searchParams.get("redirect_uri")).toBe(`${ISSUER}/redirect`);
    expect(headers.get("Set-Cookie")).toMatch(
      /^mytoken-login-[\w-]{8}=[\w-]{32}; Max-Age=300; Path=\/redirect; SameSite=Lax; HttpOnly$/,
    );
    expect(headers.get("Cache-Control")).toBe("no-store");
  });

  it("replaces what was asked for, wider or not: the person owns the token", async () => {
    const flow = await begin({ request: { capabilities: ["AT"], restrictions: [{ usages_AT: 1 }], name: "asked" } });
    const approval = {
      capabilities: ["AT", "create_mytoken", "settings"],
      restrictions: [{ usages_AT: 9 }],
      name: "mine",
    };
    await finish(flow, { approval });
    const { status, body } = await poll(flow);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      capabilities: ["AT", "create_mytoken", "settings"],
      restrictions: [{ usages_AT: 9 }],
    });
    expect((await flowRow(flow))?.request.name).toBe("mine");
  });

  it.each([
    ["null", { rotation: null }],
    ["absence", { rotation: undefined }],
  ])("takes the rotation away by %s (QUIRK-28)", async (_, approval) => {
    const flow = await begin({ request: { rotation: { on_AT: true } } });
    await finish(flow, { approval });
    expect((await poll(flow)).body).not.toHaveProperty("rotation");
  });

  it("adds a rotation that nobody asked for (QUIRK-28)", async () => {
    const flow = await begin();
    await finish(flow, { approval: { rotation: { on_other: true, lifetime: 99 } } });
    expect((await poll(flow)).body["rotation"]).toEqual({ on_other: true, lifetime: 99 });
  });

  it.each([
    ["no clause", [{}]],
    ["null among the clauses (N2)", [null]],
    ["null among others", [null, {}, null]],
  ])("takes %s as no restriction", async (_, restrictions) => {
    const flow = await begin({ request: { restrictions: [{ usages_AT: 1 }] } });
    await finish(flow, { approval: { restrictions } });
    expect((await poll(flow)).body).not.toHaveProperty("restrictions");
  });

  it("takes the issuer with or without its slash", async () => {
    const flow = await begin();
    expect((await post(flow.consentPath, { ...APPROVAL, oidc_issuer: `${fakeIssuer("plain")}/` })).status).toBe(278);
  });

  it("puts the address of the browser in the place of `this` (QUIRK-31)", async () => {
    const flow = await begin();
    await post(flow.consentPath, { ...APPROVAL, restrictions: [{ hosts: ["this"] }] }, { address: "10.7.7.7" });
    expect((await flowRow(flow))?.request.restrictions).toEqual([{ hosts: ["10.7.7.7"] }]);
  });

  it("does not look at the content type: the reference's own page declares a form", async () => {
    const flow = await begin();
    const type = { "Content-Type": "application/x-www-form-urlencoded" };
    expect((await post(flow.consentPath, APPROVAL, {}, type)).status).toBe(278);
  });
});

describe("an approval is refused, and the flow is as it was:", () => {
  it.each<[string, unknown, string | RegExp]>([
    [
      "another configured provider (QUIRK-30)",
      { ...APPROVAL, oidc_issuer: fakeIssuer("late") },
      /issuer is not supported/,
    ],
    ["an unknown provider", { ...APPROVAL, oidc_issuer: "https://nobody.example" }, /issuer is not supported/],
    ["no provider", { ...APPROVAL, oidc_issuer: undefined }, /issuer is not supported/],
    ["no capability (QUIRK-29)", { ...APPROVAL, capabilities: [] }, "a mytoken needs at least one capability"],
    ["capabilities left out", { ...APPROVAL, capabilities: undefined }, "a mytoken needs at least one capability"],
    ["an unknown capability", { ...APPROVAL, capabilities: ["AT", "fly"] }, "unknown capability 'fly'"],
    ["an unknown one for subtokens", { ...APPROVAL, subtoken_capabilities: ["fly"] }, "unknown capability 'fly'"],
    ["capabilities as text", { ...APPROVAL, capabilities: "AT" }, /capabilities/],
    ["a dead token (QUIRK-31)", { ...APPROVAL, restrictions: [{ exp: 1 }] }, "token would already be expired"],
    ["an unknown key", { ...APPROVAL, restrictions: [{ ips: ["10.0.0.1"] }] }, /'ips' is not known/],
    ["a template, which only requests may name", { ...APPROVAL, restrictions: ["1d"] }, /clause 0/],
    ["one clause without a list", { ...APPROVAL, restrictions: { exp: 1 } }, /restrictions/],
    ["a rotation that is none", { ...APPROVAL, rotation: "at" }, /rotation/],
    ["a name over 100 characters", { ...APPROVAL, name: "n".repeat(101) }, "a name has at most 100 characters"],
    ["a list", [APPROVAL], /not a JSON object/],
  ])("%s", async (_, approval, description) => {
    const flow = await begin();
    const before = await flowRow(flow);
    const { status, headers, body } = await post(flow.consentPath, approval);
    expect([status, body["error"]]).toEqual([400, "invalid_request"]);
    expect(body["error_description"]).toEqual(
      typeof description === "string" ? description : expect.stringMatching(description),
    );
    expect(headers.get("Set-Cookie")).toBeNull();
    expect(await flowRow(flow)).toEqual(before);
  });

  it.each([
    ["{", 400],
    ["nonsense", 400],
    ['{"a":'.repeat(40) + "1" + "}".repeat(40), 400],
    [" ".repeat(70_000), 413],
  ])("a body that cannot be read (%#)", async (text, status) => {
    const flow = await begin();
    const response = await send(flow.consentPath, { method: "POST", body: text });
    expect(response.status).toBe(status);
    expect((await flowRow(flow))?.state).toBe("pending");
  });

  it("at the second it is too late", async () => {
    const flow = await begin();
    later(301);
    expect((await post(flow.consentPath, APPROVAL)).body).toEqual(NOT_FOUND);
    expect((await flowRow(flow))?.state).toBe("pending");
  });
});

describe("approving twice: the last one counts", () => {
  it("the first browser is refused, although its state was good once; the second finishes with what it approved", async () => {
    const flow = await begin();
    const first = await approve(flow, { approval: { capabilities: ["AT", "settings"] } });
    const second = await approve(flow, { approval: { capabilities: ["AT"] } });
    expect(first.cookie).not.toBe(second.cookie);

    const refused = await logInAndReturn(first);
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain("State mismatched");
    expect((await poll(flow)).status).toBe(428);

    expect((await logInAndReturn(second)).status).toBe(303);
    expect((await poll(flow)).body["capabilities"]).toEqual(["AT"]);
  });

  it("the first browser is refused also with the second's state, and the second with the first's", async () => {
    const flow = await begin();
    const first = await approve(flow);
    const second = await approve(flow);
    expect((await logInAndReturn(second, first.cookie)).status).toBe(400);
    expect((await logInAndReturn(first, second.cookie)).status).toBe(400);
    expect((await logInAndReturn(second)).status).toBe(303);
  });

  it("each with a verifier, a nonce and a state of its own", async () => {
    const flow = await begin();
    const queries = [];
    for (const _ of [1, 2]) queries.push(new URL((await approve(flow)).authorizationUri).searchParams);
    for (const name of ["state", "nonce", "code_challenge"]) {
      expect(queries[0]?.get(name), name).toBeTruthy();
      expect(queries[0]?.get(name), name).not.toBe(queries[1]?.get(name));
    }
  });

  it("many at once: exactly one browser can finish", async () => {
    const flow = await begin();
    const approved = await Promise.all(Array.from({ length: 8 }, () => approve(flow)));
    const statuses: number[] = [];
    for (const one of approved) statuses.push((await logInAndReturn(one)).status);
    expect(statuses.toSorted((a, b) => a - b)).toEqual([303, 400, 400, 400, 400, 400, 400, 400]);
  });
});

describe("declining", () => {
  it.each([
    ["no body", undefined],
    ["a blank body", " \n"],
    ["null, which Go clients send", "null"],
  ])("by %s ends the flow: the poller is told, approving is too late", async (_, body) => {
    const flow = await begin({ request: { application_name: "a&b c" } });
    const answer = await answerOf(await send(flow.consentPath, { method: "POST", body }));
    expect([answer.status, answer.body]).toEqual([278, { url: "/native/abort?application=a%26b%20c" }]);
    expect((await poll(flow)).status).toBe(401);
    expect((await poll(flow)).body).toEqual({ error: "access_denied", error_description: "user declined consent" });
    const late = await post(flow.consentPath, APPROVAL);
    expect([late.status, late.body]).toEqual([404, NOT_FOUND]);
    expect((await decline(flow)).status).toBe(404);
  });

  it("leads an application without a name to a page without one", async () => {
    const flow = await begin();
    const { body } = await decline(flow);
    expect(body).toEqual({ url: "/native/abort" });
    const page = await send(String(body["url"]));
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining("No mytoken was made.")]);
  });

  it("after approving still counts: the browser that comes back is refused, and no code goes to the provider", async () => {
    const flow = await begin();
    const approved = await approve(flow);
    const user = someUser();
    const back = await logIn(approved.authorizationUri, user, `${ISSUER}/redirect`);
    await decline(flow);
    expect((await comeBack(back.pathname + back.search, approved.cookie)).status).toBe(400);
    expect((await fakeLog("plain", user)).counts["token authorization_code"]).toBeUndefined();
    expect((await poll(flow)).body["error"]).toBe("access_denied");
  });

  it("is too late once the login is done, and so is approving", async () => {
    const flow = await begin();
    await finish(flow);
    for (const _ of ["finished", "collected"]) {
      expect((await decline(flow)).status).toBe(404);
      expect((await post(flow.consentPath, APPROVAL)).status).toBe(404);
      expect((await send(flow.consentPath)).status).toBe(404);
      const { status } = await poll(flow);
      expect([200, 401]).toContain(status);
    }
  });
});
