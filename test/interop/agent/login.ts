import { describe, expect, it } from "vitest";
import { logIn } from "../../../scripts/local/browser.mjs";
import { newUser, rootToken } from "../login.ts";
import { issuer, providerIssuer } from "../server.ts";
import { claimsOf } from "../wire.ts";
import { discovery, poll, postForm, refresh, startLogin } from "./requests.ts";

export function agentLoginTests(): void {
  it("finds what it needs in the OpenID configuration", async () => {
    expect(await discovery()).toMatchObject({
      issuer: issuer(),
      token_endpoint: expect.stringContaining(issuer()),
      mytoken_endpoint: expect.stringContaining(issuer()),
      revocation_endpoint: expect.stringContaining(issuer()),
      providers_supported: [{ issuer: providerIssuer() }],
    });
  });

  describe("oidc-gen", () => {
    it.each([
      ["the profile `agent`", { include: "agent" }],
      ["a profile of its own", { capabilities: ["AT"], restrictions: [{ usages_AT: 5 }], rotation: { on_AT: true } }],
    ])("logs in with %s", async (_, profile) => {
      const { status, body } = await startLogin(profile, providerIssuer());
      expect(status).toBe(200);
      const { consent_uri: consentUri, polling_code: code } = body;
      expect(body).toMatchObject({ expires_in: expect.any(Number), interval: 5 });
      expect(code).toMatch(/^[^"\\]+$/);
      expect((await poll(code)).body).toMatchObject({
        error: "authorization_pending",
        error_description: expect.any(String),
      });
      await logIn(String(consentUri), newUser());
      const collected = await poll(code);
      expect(collected.status).toBe(200);
      expect(claimsOf(collected.body["mytoken"])).toMatchObject({ name: "mytoken for oidc-agent:host" });
    });

    it("spells the provider without its slash, or with one", async () => {
      expect((await startLogin({ include: "agent" }, `${providerIssuer()}/`)).status).toBe(200);
    });

    it("reads why it is refused", async () => {
      const { status, body } = await startLogin({ include: "agent" }, "https://other.example.org");
      expect(status).toBeGreaterThanOrEqual(400);
      expect(body).toMatchObject({ error: expect.any(String), error_description: expect.any(String) });
    });

    it("-d revokes, and may try again with its client id", async () => {
      const mytoken = await rootToken({});
      const { revocation_endpoint: endpoint } = await discovery();
      const fields = [
        ["token_type_hint", "refresh_token"],
        ["token", mytoken],
      ] as const;
      expect(await postForm(endpoint, fields)).toMatchObject({ status: 204, text: "" });
      const { status, body } = await refresh(mytoken);
      expect([status, body["error"]]).toEqual([401, "invalid_token"]);
      expect(await postForm(endpoint, [...fields, ["client_id", "oidc-agent"]])).toMatchObject({
        status: 204,
        text: "",
      });
    });
  });
}
