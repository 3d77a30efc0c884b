import { expect, it } from "vitest";
import { revokeAtProvider } from "../../src/provider/revoke.ts";
import { fakeIssuer, fakeLog, script, someUser, type Step } from "../fixtures/fake-control.ts";
import { loggedIn } from "./login.ts";

it.each(["plain", "basic", "post"])("revokes at a provider like %s", async (trait) => {
  const user = someUser();
  const { provider, server, refresh_token: refreshToken } = await loggedIn(fakeIssuer(trait), user);
  expect(await revokeAtProvider(provider, server.revocation_endpoint ?? null, refreshToken)).toBe(true);
  const { families, requests } = await fakeLog(trait, user);
  expect(families[0]?.revoked).toBe("revoked by the client");
  expect(requests.at(-1)?.form).toMatchObject({ token: [refreshToken], token_type_hint: ["refresh_token"] });
});

it.each<[string, Step]>([
  ["refuses", { answer: { status: 400, body: { error: "unsupported_token_type" } } }],
  ["is out of order", { answer: { status: 503, body: "" } }],
  ["redirects", { answer: { status: 302, headers: { location: "/" } } }],
  ["cuts the connection", { cut: true }],
])("says false, and no more, if the provider %s", async (_name, step) => {
  const user = someUser();
  const { provider, server, refresh_token: refreshToken } = await loggedIn(fakeIssuer("plain"), user);
  await script("plain", user, [step], "revoke");
  expect(await revokeAtProvider(provider, server.revocation_endpoint ?? null, refreshToken)).toBe(false);
});

it("says false where there is no endpoint", async () => {
  const { provider, server, refresh_token: refreshToken } = await loggedIn(fakeIssuer("norevocation"), someUser());
  expect(server.revocation_endpoint).toBeUndefined();
  expect(await revokeAtProvider(provider, null, refreshToken)).toBe(false);
});
