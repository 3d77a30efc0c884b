import { expect, it } from "vitest";
import { rootToken } from "../login.ts";
import { issuer, providerIssuer } from "../server.ts";
import { claimsOf, send } from "../wire.ts";
import { ACCESS, get, MY, post, postForm, REVOKE } from "./requests.ts";

const AUDIENCES = ["https://storage.example.org", "https://compute.example.org"];
const POLLS = 100;
const AGENT_PATIENCE_MILLISECONDS = 10_000;

type Field = [string, string];

function refreshing(mytoken: string): Field[] {
  return [
    ["grant_type", "refresh_token"],
    ["refresh_token", mytoken],
  ];
}

function words(scope: unknown): Set<string> {
  return new Set(String(scope).split(" "));
}

export function agentRows(): void {
  it("clients §6.11: the refresh grant in a form, scopes with blanks, `resource` repeated", async () => {
    const mytoken = await rootToken({ rotation: { on_AT: true } });
    const scoped = [...refreshing(mytoken), ["scope", "openid email"] as Field];
    const { status, body } = await postForm(ACCESS, scoped);
    // The reference, too, adds `offline_access` (token-core §8).
    expect([status, words(body["scope"])]).toEqual([200, new Set(["openid", "email", "offline_access"])]);
    expect(claimsOf(body["refresh_token"])).toMatchObject({ seq_no: 2 });

    const restricted = await rootToken({ restrictions: [{ audience: AUDIENCES.slice(0, 1) }] });
    const [one, both] = [AUDIENCES.slice(0, 1), AUDIENCES].map((some) => some.map((name): Field => ["resource", name]));
    const refused = await postForm(ACCESS, [...refreshing(restricted), ...(both ?? [])]);
    expect([refused.status, refused.body["error"]]).toEqual([403, "usage_restricted"]);
    const granted = await postForm(ACCESS, [...refreshing(restricted), ...(one ?? [])]);
    expect([granted.status, granted.body["audience"]]).toEqual([200, AUDIENCES.slice(0, 1)]);
  });

  it("clients §6.12: revocation by a form with a hint", async () => {
    const token = await rootToken({});
    const form = { token_type_hint: "refresh_token", token };
    expect((await postForm(REVOKE, form)).status).toBe(204);
    expect((await postForm(REVOKE, { ...form, client_id: "agent" })).status).toBe(204);
    expect((await post(ACCESS, { grant_type: "mytoken", mytoken: token })).status).toBe(401);
  });

  it("clients §6.13: a consent page for oidc-agent's window, and the profiles that it names", async () => {
    const mytoken = await rootToken({ capabilities: ["AT", "tokeninfo", "create_mytoken"] });
    for (const include of ["agent", "web-default"]) {
      const request = { include, oidc_issuer: providerIssuer(), grant_type: "mytoken", mytoken };
      const { status, text } = await post("/c", request);
      expect([include, status]).toEqual([include, 200]);
      expect(text).toContain('<div class="footer"');
      expect(Buffer.byteLength(text)).toBeLessThan(95_000);
      expect(text).not.toMatch(/(?:src|href)="(?!https?:|#)/);
    }
    const script = await get("/static/consent.js", { Origin: "http://localhost:4242" });
    // The window defines both, by these names.
    expect([script.text.includes('agent("approve", '), script.text.includes('agent("cancel")')]).toEqual([true, true]);
    expect(script.headers["access-control-allow-origin"]).toBe("*");
    const { status, body } = await post("/c", { oidc_issuer: providerIssuer(), mytoken: "none" });
    expect([status, body["error"]]).toEqual([401, "invalid_token"]);
  });

  it("clients §6.14: answers come in time; what is final has no status that is repeated", async () => {
    const final = [
      await post(ACCESS, { grant_type: "mytoken", mytoken: "none" }),
      await post(ACCESS, { grant_type: "mytoken", mytoken: await rootToken({ capabilities: ["tokeninfo"] }) }),
      await post(ACCESS, { grant_type: "mytoken", mytoken: await rootToken({ restrictions: [{ usages_AT: 0 }] }) }),
      await post(MY, { grant_type: "oidc_flow", oidc_issuer: "https://other.example.org", client_type: "native" }),
      await post(MY, { grant_type: "transfer_code", transfer_code: "none" }),
    ];
    for (const { status } of final) expect([408, 429, 502, 503, 504]).not.toContain(status);
    const before = Date.now();
    expect((await post(ACCESS, { grant_type: "mytoken", mytoken: await rootToken({}) })).status).toBe(200);
    expect(Date.now() - before).toBeLessThan(AGENT_PATIENCE_MILLISECONDS);
  });

  it("clients §6.15: codes and tokens need no escaping; discovery is free", async () => {
    const { body } = await post(MY, { grant_type: "oidc_flow", oidc_issuer: providerIssuer(), client_type: "native" });
    expect(body["polling_code"]).toMatch(/^[\w.~-]+$/);
    expect(await rootToken({})).toMatch(/^[\w.-]+$/);
    const address = `${issuer()}/.well-known/openid-configuration`;
    const answers = await Promise.all(Array.from({ length: POLLS }, () => send(address, { method: "GET" })));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });
}
