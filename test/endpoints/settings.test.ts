/** /api/v0/settings: where they are, grant types and mail (extended §3.1-3.5, golden 09). */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { ISSUER } from "../fixtures/addresses.mjs";
import { type Answer, answerOf, post, send } from "../fixtures/client.ts";
import { call, directoryAway, history, type Holder, holder, info, successor } from "../fixtures/holder.ts";

afterEach(() => vi.restoreAllMocks());

const GRANTS = "/settings/grants";
const EMAIL = "/settings/email";
const SETTINGS = ["settings", "tokeninfo"];
const INSUFFICIENT = { status: 403, body: { error: "insufficient_capabilities" } };
const NO_TOKEN = { status: 401, body: { error: "invalid_token", error_description: "no mytoken found in request" } };

function badRequest(description: string) {
  return { status: 400, body: { error: "invalid_request", error_description: description } };
}

/** A request to settings without a token, or with a body that is no JSON. */
function bare(method: string, path: string, body?: string, contentType?: string): Promise<Answer> {
  const headers = new Headers(contentType === undefined ? [] : [["Content-Type", contentType]]);
  const init = { method, headers, ...(body !== undefined && { body: new TextEncoder().encode(body) }) };
  return send(`/api/v0${path}`, init).then(answerOf);
}

async function eventsOf(token: Holder): Promise<readonly unknown[]> {
  return (await history(token)).map(({ event, comment }) => (comment === undefined ? event : `${event}: ${comment}`));
}

it("are found by everybody, with addresses of this server, whatever Go sends in a GET", async () => {
  const answer = await bare("GET", "/settings");
  expect(answer).toMatchObject({ status: 200 });
  expect(answer.body).toEqual({
    grant_type_endpoint: `${ISSUER}/api/v0/settings/grants`,
    email_endpoint: `${ISSUER}/api/v0/settings/email`,
    tags_endpoint: `${ISSUER}/api/v0/settings/tags`,
  });
  expect((await bare("GET", "/settings/")).status).toBe(200);
  expect((await bare("PUT", "/settings")).status).toBe(404);
});

describe("grant types", () => {
  const listed = async (token: Holder) => (await call(token, "GET", GRANTS)).body["grant_types"];

  it("are listed once they were switched, enabled and disabled as often as you like", async () => {
    const token = await holder({ capabilities: SETTINGS });
    expect(await listed(token)).toEqual([]);
    for (const grantType of ["ssh", "ssh", "mytoken", "refresh_token"]) {
      const enabled = await call(token, "POST", GRANTS, { grant_type: grantType });
      expect(enabled).toMatchObject({ status: 201, body: {} });
      expect(enabled.headers.get("Content-Type")).toBe("application/json");
    }
    const both = [
      { grant_type: "mytoken", enabled: true },
      { grant_type: "ssh", enabled: true },
    ];
    expect(await listed(token)).toEqual(both);
    for (let times = 0; times < 2; times++) {
      expect(await call(token, "DELETE", GRANTS, { grant_type: "ssh" })).toMatchObject({ status: 204 });
    }
    expect(await listed(token)).toEqual([both[0], { grant_type: "ssh", enabled: false }]);
    expect((await eventsOf(token)).slice(0, 6)).toEqual([
      "settings_grants_listed",
      "settings_grant_disabled: ssh",
      "settings_grant_disabled: ssh",
      "settings_grants_listed",
      "settings_grant_enabled: mytoken",
      "settings_grant_enabled: mytoken",
    ]);
    const second = await holder({ capabilities: ["read@settings"] }, token.user);
    expect(await listed(second)).toHaveLength(2);
    expect(await listed(await holder({ capabilities: SETTINGS }))).toEqual([]);
  });

  it("take the token from the body too, as JSON or form", async () => {
    const { text } = await holder({ capabilities: ["settings"] });
    const form = `grant_type=ssh&mytoken=${text}`;
    expect(await bare("POST", GRANTS, form, "application/x-www-form-urlencoded")).toMatchObject({ status: 201 });
    const json = JSON.stringify({ Grant_Type: "ssh", mytoken: text });
    expect(await bare("DELETE", GRANTS, json, "application/json")).toMatchObject({ status: 204 });
  });

  it("are refused before the token is looked at, if there is none of that name", async () => {
    const unknown = "no valid 'grant_type' found";
    for (const [body, description] of [
      ["{}", unknown],
      ["null", unknown],
      ['{"grant_type":null}', unknown],
      ['{"grant_type":""}', unknown],
      ['{"grant_type":"fly"}', "value 'fly' not valid for GrantType"],
      ['{"grant_type":"SSH"}', "value 'SSH' not valid for GrantType"],
      ['{"grant_type":"constructor"}', "value 'constructor' not valid for GrantType"],
      ['{"grant_type":5}', "grant_type: expected string"],
      ['{"grant_type":"ssh","mytoken":"x"}', "token not valid"],
    ] as const) {
      for (const method of ["POST", "DELETE"]) {
        expect(await bare(method, GRANTS, body, "application/json")).toMatchObject(badRequest(description));
      }
    }
    expect(await bare("POST", GRANTS, '{"grant_type":"ssh"}')).toMatchObject(badRequest("Unprocessable Entity"));
    expect(await bare("POST", GRANTS, '{"grant_type":"ssh"}', "application/json")).toMatchObject(NO_TOKEN);
    expect(await bare("GET", GRANTS)).toMatchObject(NO_TOKEN);
    expect(await bare("PUT", GRANTS, "{}", "application/json")).toMatchObject({ status: 404 });
    expect(await bare("GET", `${GRANTS}/ssh`)).toMatchObject({ status: 404, body: { error: "not_found" } });
  });
});

describe("mail", () => {
  const settings = async (token: Holder) => (await call(token, "GET", EMAIL)).body;

  it("begins with what the provider said", async () => {
    const token = await holder({ capabilities: SETTINGS });
    expect(await settings(token)).toEqual({
      email_address: `${token.user}@example.org`,
      email_verified: true,
      prefer_html_mail: true,
    });
  });

  it("has another address, unverified, also if it is the same one again; and another format", async () => {
    const token = await holder({ capabilities: SETTINGS });
    expect(await call(token, "PUT", EMAIL, { prefer_html_mail: false })).toMatchObject({ status: 204 });
    expect(await settings(token)).toMatchObject({ email_verified: true, prefer_html_mail: false });
    for (const address of ["new@example.org", `${token.user}@example.org`, `${token.user}@example.org`]) {
      expect(await call(token, "PUT", EMAIL, { email_address: address })).toMatchObject({ status: 204 });
      const expected = { email_address: address, email_verified: false, prefer_html_mail: false };
      expect(await settings(token)).toEqual(expected);
    }
    const both = { email_address: "both@example.org", prefer_html_mail: true };
    expect(await call(token, "PUT", EMAIL, both)).toMatchObject({ status: 204 });
    expect(await settings(token)).toMatchObject({ ...both, email_verified: false });
    expect((await eventsOf(token)).slice(0, 3)).toEqual([
      "email_settings_listed",
      "email_mimetype_changed: to html",
      "email_changed: both@example.org",
    ]);
    expect(await eventsOf(token)).toContain("email_mimetype_changed: to plain text");
  });

  it("is changed by a form and by a token in the body", async () => {
    const token = await holder({ capabilities: SETTINGS });
    const form = `email_address=form%40example.org&prefer_html_mail=false&mytoken=${token.text}`;
    expect(await bare("PUT", EMAIL, form, "application/x-www-form-urlencoded")).toMatchObject({ status: 204 });
    expect(await settings(token)).toMatchObject({ email_address: "form@example.org", prefer_html_mail: false });
  });

  it("has no address after it was deleted, and a new login does not bring it back", async () => {
    const token = await holder({ capabilities: SETTINGS });
    expect(await call(token, "DELETE", EMAIL, "null\n")).toMatchObject({ status: 204 });
    const none = { email_address: "", email_verified: false, prefer_html_mail: true };
    expect(await settings(token)).toEqual(none);
    expect(await settings(await holder({ capabilities: SETTINGS }, token.user))).toEqual(none);
  });

  it("is there for a user of whom D1 has not heard yet", async () => {
    const token = await holder({ capabilities: SETTINGS });
    await env.DIRECTORY.prepare("DELETE FROM users WHERE oidc_sub = ?").bind(token.user).run();
    expect(await settings(token)).toEqual({ email_address: "", email_verified: false, prefer_html_mail: true });
    expect(await call(token, "PUT", EMAIL, { prefer_html_mail: false })).toMatchObject({ status: 204 });
    expect(await settings(token)).toEqual({ email_address: "", email_verified: false, prefer_html_mail: false });
  });

  it("is not changed by a request that says nothing or something else, whoever asks", async () => {
    const nothing = "no request parameter given";
    const refused: [object, string][] = [
      [{}, nothing],
      [{ email_address: "" }, nothing],
      [{ email_address: null, prefer_html_mail: null }, nothing],
      [{ prefer_html_mail: "yes" }, "prefer_html_mail: expected boolean"],
      [{ email_address: 5 }, "email_address: expected string"],
    ];
    for (const [body, description] of refused) {
      const answer = await bare("PUT", EMAIL, JSON.stringify(body), "application/json");
      expect(answer).toMatchObject(badRequest(description));
    }
  });

  it.each(["not an address", "a@b@c", "a@", "@b", "a@b\r\nBcc: c@d", "<a@b>", "a@b,c@d", `a@${"b".repeat(253)}`])(
    "never goes to %j",
    async (address) => {
      const answer = await bare("PUT", EMAIL, JSON.stringify({ email_address: address }), "application/json");
      expect(answer).toMatchObject(badRequest("email_address: not a mail address"));
    },
  );

  it("without a token or a content type is refused", async () => {
    expect(await bare("GET", EMAIL)).toMatchObject(NO_TOKEN);
    expect(await bare("DELETE", EMAIL)).toMatchObject(NO_TOKEN);
    expect(await bare("PUT", EMAIL, '{"prefer_html_mail":true}', "application/json")).toMatchObject(NO_TOKEN);
    expect(await bare("PUT", EMAIL, '{"prefer_html_mail":true}')).toMatchObject(badRequest("Unprocessable Entity"));
    const malformed = await bare("PUT", EMAIL, '{"prefer_html_mail":true,"mytoken":"x"}', "application/json");
    expect(malformed).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });
});

const READS = [
  ["GET", GRANTS, undefined, "read@settings:grants"],
  ["GET", EMAIL, undefined, "read@settings:email"],
] as const;
const WRITES = [
  ["POST", GRANTS, { grant_type: "ssh" }, "settings:grants"],
  ["DELETE", GRANTS, { grant_type: "ssh" }, "settings:grants"],
  ["PUT", EMAIL, { prefer_html_mail: true }, "settings:email"],
  ["DELETE", EMAIL, undefined, "settings:email"],
] as const;

it.each([...READS, ...WRITES])("%s %s %j needs %s", async (method, path, body, capability) => {
  const reads = capability.startsWith("read@");
  const able = [capability, ...(reads ? [capability.slice(5), "read@settings"] : []), "settings"];
  for (const held of able) {
    const token = await holder({ capabilities: [held] });
    expect((await call(token, method, path, body)).status, held).toBeLessThan(300);
  }
  const unable = ["tokeninfo", ...(reads ? [] : ["read@settings"])];
  const token = await holder({ capabilities: unable });
  expect(await call(token, method, path, body)).toMatchObject(INSUFFICIENT);
});

it.each([...READS, ...WRITES])("%s %s %j is charged, and rotates", async (method, path, body) => {
  const rotation = { on_other: true };
  const token = await holder({ capabilities: SETTINGS, restrictions: [{ usages_other: 1 }], rotation });
  const answer = await call(token, method, path, body);
  // 204 cannot carry the successor.
  expect(answer.status).toBe(method === "POST" ? 201 : 200);
  expect(answer.body["token_update"]).toMatchObject({ mom_id: token.momId, mytoken_type: "token" });
  const next = successor(token, answer);
  expect(await call(next, method, path, body)).toMatchObject({ status: 403, body: { error: "usage_restricted" } });
  // Unrestricted tokens rotate here too.
  const free = await holder({ capabilities: SETTINGS, rotation });
  expect((await call(free, method, path, body)).body).toHaveProperty("token_update");
});

it.each([...READS, ...WRITES])("%s %s %j is 503 without D1, and given back", async (method, path, body) => {
  const token = await holder({
    capabilities: SETTINGS,
    restrictions: [{ usages_other: 2 }],
    rotation: { on_other: true },
  });
  directoryAway();
  for (let attempt = 0; attempt < 3; attempt++) {
    const answer = await call(token, method, path, body);
    expect(answer).toMatchObject({ status: 503, body: { error: "temporarily_unavailable" } });
    expect(answer.headers.get("Retry-After")).not.toBeNull();
  }
  expect((await info(token, "introspect")).body["token"]).toMatchObject({
    seq_no: 1,
    restrictions: [{ usages_other: 2 }],
  });
  vi.restoreAllMocks();
  expect(await call(token, method, path, body)).toMatchObject({ body: { token_update: expect.anything() } });
});

it("of a token that was replayed end the family", async () => {
  const rotation = { on_other: true, auto_revoke: true };
  const token = await holder({ capabilities: SETTINGS, rotation });
  const next = successor(token, await call(token, "GET", GRANTS));
  expect((await info(next, "introspect")).status).toBe(200);
  expect(await call(token, "GET", EMAIL)).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  expect(await call(next, "GET", EMAIL)).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  expect((await post("/api/v0/tokeninfo", { mytoken: next.text })).status).toBe(401);
});
