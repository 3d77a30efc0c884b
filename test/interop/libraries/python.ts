/** libmytoken, the Python library (clients §5). */
import { describe, expect, it } from "vitest";
import { momIdOf, rootToken, subtoken } from "../login.ts";
import { issuer, providerIssuer } from "../server.ts";
import { type Answer, type Body, send } from "../wire.ts";

const HEADERS = {
  "User-Agent": "python-requests/2.32.3",
  "Accept-Encoding": "gzip, deflate",
  Accept: "*/*",
  Connection: "keep-alive",
};

function post(address: unknown, body: Body): Promise<Answer> {
  const headers = { ...HEADERS, "Content-Type": "application/json" };
  return send(String(address), { method: "POST", headers, body: JSON.stringify(body) });
}

async function configuration(): Promise<Body> {
  const answer = await send(`${issuer()}/.well-known/mytoken-configuration`, { method: "GET", headers: HEADERS });
  expect(answer.status).toBe(200);
  return answer.body;
}

/** It parses every answer, whatever the status. */
async function parsed(answer: Promise<Answer>): Promise<Body> {
  const { status, text } = await answer;
  const body = JSON.parse(text) as Body;
  if (status >= 400) throw new Error(`${String(body["error"])}: ${String(body["error_description"])}`);
  return body;
}

export function pythonTests(): void {
  describe("libmytoken, replayed", () => {
    it("needs these endpoints to begin with", async () => {
      expect(await configuration()).toMatchObject({
        access_token_endpoint: expect.any(String),
        revocation_endpoint: expect.any(String),
        tokeninfo_endpoint: expect.any(String),
        token_transfer_endpoint: expect.any(String),
      });
    });

    it("asks for an access token with `audience: null`", async () => {
      const { access_token_endpoint: endpoint } = await configuration();
      const mytoken = await rootToken({});
      const plain = await parsed(post(endpoint, { grant_type: "mytoken", mytoken, audience: null }));
      expect(plain["access_token"]).toEqual(expect.any(String));
      const all = { scope: "openid email", comment: "from python", oidc_issuer: providerIssuer() };
      const more = await parsed(post(endpoint, { grant_type: "mytoken", mytoken, audience: null, ...all }));
      expect(more["access_token"]).toEqual(expect.any(String));
    });

    it("asks the token information endpoint", async () => {
      const { tokeninfo_endpoint: endpoint } = await configuration();
      const mytoken = await rootToken({ capabilities: ["AT", "tokeninfo", "create_mytoken", "manage_mytokens"] });
      const child = await momIdOf(await subtoken(mytoken, { name: "child" }));
      const ask = (action: string, more: Body = {}) => parsed(post(endpoint, { action, mytoken, ...more }));
      expect(await ask("introspect")).toMatchObject({ valid: true, token: { seq_no: 1 } });
      expect((await ask("event_history"))["events"]).toContainEqual(expect.objectContaining({ event: "MT_created" }));
      expect((await ask("event_history", { mom_ids: [child] }))["events"]).toContainEqual(
        expect.objectContaining({ event: "inherited_RT", mom_id: child }),
      );
      expect((await ask("subtokens"))["mytokens"]).toMatchObject({ children: [{ token: { mom_id: child } }] });
      expect((await ask("list_mytokens"))["mytokens"]).toHaveLength(1);
    });

    it("gets a transfer code", async () => {
      const { token_transfer_endpoint: endpoint } = await configuration();
      const answer = await parsed(post(endpoint, { mytoken: await rootToken({}) }));
      expect(answer["transfer_code"]).toMatch(/^\w+$/);
    });

    // It parses the empty text and raises, as with the reference; the token is revoked all the same (clients §6.16).
    it("revokes, and trips over the recorded 204", async () => {
      const { revocation_endpoint: endpoint, access_token_endpoint: access } = await configuration();
      const mytoken = await rootToken({});
      const revoked = await post(endpoint, { token: mytoken, recursive: false });
      expect(revoked).toMatchObject({ status: 204, text: "" });
      expect(() => JSON.parse(revoked.text) as unknown).toThrow(SyntaxError);
      await expect(parsed(post(access, { grant_type: "mytoken", mytoken }))).rejects.toThrow(/^invalid_token: ./);
    });

    it("reads both members of an error", async () => {
      const { access_token_endpoint: endpoint } = await configuration();
      await expect(parsed(post(endpoint, { grant_type: "mytoken", mytoken: "x".repeat(64) }))).rejects.toThrow(
        /^invalid_token: (?!undefined)/,
      );
    });
  });
}
