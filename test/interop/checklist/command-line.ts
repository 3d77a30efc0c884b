import { expect, it } from "vitest";
import { logIn } from "../../../scripts/local/browser.mjs";
import { momIdOf, newUser, rootToken, subtoken } from "../login.ts";
import { issuer, providerIssuer } from "../server.ts";
import { claimsOf, send } from "../wire.ts";
import { ACCESS, get, MY, post, TOKENINFO } from "./requests.ts";

const AUDIENCE = "https://storage.example.org";

export function commandLineRows(): void {
  it("clients §6.6: the settings' endpoints are open and complete", async () => {
    const { status, body } = await get("/api/v0/settings");
    expect(status).toBe(200);
    for (const name of ["grant_type_endpoint", "email_endpoint", "tags_endpoint"]) {
      expect(body[name]).toMatch(new RegExp(`^${issuer()}/.`));
    }
  });

  it("clients §6.7: polling says when, how long, and each end by its own error", async () => {
    const started = await post(MY, { grant_type: "oidc_flow", oidc_issuer: providerIssuer(), client_type: "native" });
    const { polling_code: code, consent_uri: consentUri, interval, expires_in: expiresIn } = started.body;
    expect(interval).toBe(5);
    expect(expiresIn).toBeGreaterThan(0);
    const poll = (code: unknown) => post(MY, { grant_type: "polling_code", polling_code: code });
    expect(await poll(code)).toMatchObject({ status: 428, body: { error: "authorization_pending" } });
    await logIn(String(consentUri), newUser());
    expect(await poll(code)).toMatchObject({ status: 200, body: { mytoken: expect.any(String) } });

    const declined = await post(MY, { grant_type: "oidc_flow", oidc_issuer: providerIssuer(), client_type: "native" });
    await send(String(declined.body["consent_uri"]), { method: "POST" });
    expect(await poll(declined.body["polling_code"])).toMatchObject({ status: 401, body: { error: "access_denied" } });
    expect(await poll("nobody-made-this")).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });

  it("clients §6.8: nothing to say is 204; a rotation is never lost in one", async () => {
    const capabilities = ["AT", "tokeninfo", "settings"];
    const plain = await rootToken({ capabilities });
    const rotating = await rootToken({ capabilities, rotation: { on_other: true } });
    const change = (mytoken: string) => post(`${MY}/tags`, { tag: "x", mytoken, include_children: false });
    expect(await change(plain)).toMatchObject({ status: 204, text: "" });
    const { status, body } = await change(rotating);
    expect(status).toBe(200);
    const { token_update: update } = body as { token_update: Record<string, unknown> };
    expect(update).toMatchObject({ mytoken_type: "token" });
    expect(claimsOf(update["mytoken"])).toMatchObject({ seq_no: 2 });
  });

  it("clients §6.9: types that Go decodes; DELETE with a body", async () => {
    const capabilities = ["AT", "tokeninfo", "create_mytoken", "manage_mytokens", "settings"];
    const root = await rootToken({ capabilities, restrictions: [{ audience: [AUDIENCE], exp: inAnHour() }] });
    const { body: granted } = await post(ACCESS, { grant_type: "mytoken", mytoken: root, audience: AUDIENCE });
    expect(granted).toMatchObject({ audience: [AUDIENCE], token_type: "Bearer" });
    expect(Number.isSafeInteger(granted["expires_in"])).toBe(true);
    const made = await post(MY, { grant_type: "mytoken", mytoken: root });
    expect(Number.isSafeInteger(made.body["expires_in"])).toBe(true);
    expect(made.body).toMatchObject({
      capabilities: expect.arrayContaining(capabilities),
      restrictions: [{ audience: [AUDIENCE], exp: expect.any(Number) }],
    });

    const ask = async (action: string) => (await post(TOKENINFO, { action, mytoken: root })).body["mytokens"];
    const tree = { token: { mom_id: await momIdOf(root) }, children: [{ token: { created: expect.any(Number) } }] };
    expect(await ask("subtokens")).toMatchObject(tree);
    expect(await ask("list_mytokens")).toMatchObject([tree]);
    expect((await post("/api/v0/settings/grants", { grant_type: "ssh", mytoken: root }, "DELETE")).status).toBe(204);
  });

  it("clients §6.10: the members that the client sends with every request for a mytoken", async () => {
    const root = await rootToken({ capabilities: ["AT", "tokeninfo", "create_mytoken"] });
    const make = (request: Record<string, unknown>) =>
      post(MY, {
        grant_type: "mytoken",
        mytoken: root,
        error_on_restrictions: true,
        application_name: "mytoken client on host",
        response_type: "token",
        redirect_uri: "",
        ...request,
      });
    const claims = async (request: Record<string, unknown>) => claimsOf((await make(request)).body["mytoken"]);
    expect(await claims({ include: "web-default" })).toMatchObject({ restrictions: [{ usages_AT: 15 }] });
    expect(await claims({ include: ["agent", "web-default"] })).toMatchObject({
      restrictions: [{ hosts: ["127.0.0.1"] }],
    });
    expect(await claims({ restrictions: [{ include: ["1d"], usages_other: 0 }] })).toMatchObject({
      restrictions: [{ exp: expect.any(Number), usages_other: 0 }],
    });
    expect(await claims({ rotation: { include: "at", on_other: true } })).toMatchObject({
      rotation: { on_AT: true, on_other: true },
    });
    expect(await claims({ capabilities: ["@default"] })).toMatchObject({ capabilities: ["AT", "tokeninfo"] });
    expect(await claims({ restrictions: null, capabilities: null, tags: null })).not.toHaveProperty("restrictions");

    const spent = await subtoken(root, { capabilities: ["AT", "tokeninfo"], restrictions: [{ usages_other: 0 }] });
    const { status, body } = await post(TOKENINFO, { action: "event_history", mytoken: spent });
    expect([status, body["error"]]).toEqual([403, "usage_restricted"]);
    expect((await post(ACCESS, { grant_type: "mytoken", mytoken: spent })).status).toBe(200);
  });
}

function inAnHour(): number {
  return Math.floor(Date.now() / 1000) + 3600;
}
