import { describe, expect, it } from "vitest";
import { rootToken, subtoken } from "../login.ts";
import { claimsOf } from "../wire.ts";
import { refresh } from "./requests.ts";

const AUDIENCE = "https://storage.example.org";
const OTHER_AUDIENCE = "https://compute.example.org";

export function accessTokenTests(): void {
  describe("oidc-token", () => {
    it("refreshes", async () => {
      const { status, body } = await refresh(await rootToken({}));
      expect(status).toBe(200);
      expect(body).toMatchObject({
        access_token: expect.any(String),
        expires_in: expect.any(Number),
        scope: expect.stringContaining("openid"),
      });
    });

    it("whatever client it says it is", async () => {
      const basic = { Authorization: `Basic ${Buffer.from("oidc-agent:secret").toString("base64")}` };
      const { status, body } = await refresh(await rootToken({}), [["client_id", "oidc-agent"]], basic);
      expect([status, typeof body["access_token"]]).toEqual([200, "string"]);
    });

    it("asks for scopes", async () => {
      const { body } = await refresh(await rootToken({}), [["scope", "openid email"]]);
      // The reference, too, adds `offline_access` (token-core §8).
      expect(new Set(String(body["scope"]).split(" "))).toEqual(new Set(["openid", "email", "offline_access"]));
    });

    it("asks for an audience as `resource`", async () => {
      const mytoken = await rootToken({ restrictions: [{ audience: [AUDIENCE, OTHER_AUDIENCE] }] });
      const { status, body } = await refresh(mytoken, [["resource", AUDIENCE]]);
      expect([status, body["error_description"]]).toEqual([200, undefined]);
      expect(claimsOf(body["access_token"])).toMatchObject({ aud: AUDIENCE });
      const refused = await refresh(mytoken, [["resource", "https://forbidden.example.org"]]);
      expect([refused.status, refused.body["error"]]).toEqual([403, "usage_restricted"]);
    });

    it("holds a short token", async () => {
      const short = await subtoken(await rootToken({ capabilities: ["AT", "create_mytoken"] }), {
        response_type: "short_token",
      });
      expect((await refresh(short)).status).toBe(200);
    });

    it("follows a rotation", async () => {
      let mytoken = await rootToken({ capabilities: ["AT"], rotation: { on_AT: true, auto_revoke: true } });
      for (const expected of [2, 3, 4]) {
        const { status, body } = await refresh(mytoken);
        expect([status, claimsOf(body["refresh_token"])["seq_no"]]).toEqual([200, expected]);
        expect(body["token_update"]).toMatchObject({ mytoken: body["refresh_token"] });
        mytoken = String(body["refresh_token"]);
      }
    });

    it("gets no refresh token where nothing rotated", async () => {
      expect((await refresh(await rootToken({}))).body).not.toHaveProperty("refresh_token");
    });

    it.each([
      ["no token of ours", () => "x".repeat(64)],
      ["a token with another signature", async () => `${(await rootToken({})).slice(0, -8)}AAAAAAAA`],
    ])("recognises by the error that a login has to be done again: %s", async (_, token) => {
      const { status, body } = await refresh(await token());
      expect([status, body["error"]]).toEqual([401, "invalid_token"]);
      expect(body["error_description"]).toMatch(/./);
    });
  });
}
