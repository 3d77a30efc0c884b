import { describe, expect, it } from "vitest";
import { clientAuthentication } from "../../src/provider/client-authentication.ts";
import { fakeIssuer, fakeLog, settingsOf, someUser } from "../fixtures/fake-control.ts";
import { requestRefresh } from "../../src/provider/refresh.ts";
import { limit, loggedIn } from "./login.ts";

async function sent(method: string, client_id: string, client_secret: string) {
  const settings = { ...settingsOf(fakeIssuer("plain"), { client_authentication: method, client_id }), client_secret };
  const body = new URLSearchParams();
  const headers = new Headers();
  await clientAuthentication(settings)({ issuer: settings.issuer }, { client_id }, body, headers);
  return { authorization: headers.get("authorization"), body: body.toString() };
}

describe("clientAuthentication", () => {
  it("basic_raw: the credentials as they are", async () => {
    expect(await sent("basic_raw", "id", "a+b %/ü")).toEqual({
      authorization: `Basic ${Buffer.from("id:a+b %/ü").toString("base64")}`,
      body: "",
    });
  });

  it("basic: form-encoded first", async () => {
    expect(await sent("basic", "i d", "a+b %/ü")).toEqual({
      authorization: `Basic ${btoa("i+d:a%2Bb+%25%2F%C3%BC")}`,
      body: "",
    });
  });

  it("post: in the body, and only there", async () => {
    expect(await sent("post", "id", "a+b")).toEqual({ authorization: null, body: "client_id=id&client_secret=a%2Bb" });
  });

  it.each([
    ["plain", "basic_raw"],
    ["basic", "basic"],
    ["post", "post"],
  ])("a provider like %s takes %s and nothing else", async (trait, accepted) => {
    const user = someUser();
    const { provider, server, refresh_token: refreshToken } = await loggedIn(fakeIssuer(trait), user);
    for (const method of ["basic_raw", "basic", "post"] as const) {
      const reply = await requestRefresh({
        provider: { ...provider, client_authentication: method },
        tokenEndpoint: server.token_endpoint,
        refreshToken,
        subject: user,
        scopes: [],
        audiences: [],
        signal: limit(),
      });
      expect(await reply.judge()).toMatchObject(
        method === accepted ? { outcome: "granted" } : { outcome: "refused", status: 401, error: "invalid_client" },
      );
    }
    expect((await fakeLog(trait, user)).counts["token refresh_token"]).toBe(3);
  });
});
