import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, it, vi } from "vitest";
import { exchange, login } from "../fixtures/client.ts";
import { fakeIssuer, script, someUser } from "../fixtures/fake-control.ts";
import { momIdOf } from "../../src/token/ids.ts";

afterEach(() => {
  vi.useRealTimers();
});

interface Endpoints extends Record<string, SqlStorageValue> {
  readonly token_endpoint: string;
  readonly endpoints_checked: number;
}

async function grantOf(mytoken: string): Promise<DurableObjectStub> {
  const payload = mytoken.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/");
  const momId = await momIdOf((JSON.parse(atob(payload)) as { jti: string }).jti);
  const grantId = await runInDurableObject(
    env.MYTOKEN.getByName(momId),
    (_, { storage }) => storage.sql.exec<{ grant_id: string }>("SELECT grant_id FROM token").one().grant_id,
  );
  return env.GRANT.getByName(grantId);
}

function endpoints(grant: DurableObjectStub): Promise<Endpoints> {
  return runInDurableObject(grant, (_, { storage }) =>
    storage.sql.exec<Endpoints>("SELECT token_endpoint, endpoints_checked FROM login").one(),
  );
}

describe("the provider's endpoints in the Grant", () => {
  it("are the login's for a day, and looked up again by the first use after it", async () => {
    const { mytoken } = await login({ issuer: fakeIssuer("plain") });
    const grant = await grantOf(mytoken);
    const before = await endpoints(grant);
    await exchange(mytoken);
    expect(await endpoints(grant)).toEqual(before);

    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 90_000_000 });
    expect(await exchange(mytoken)).toMatchObject({ status: 200 });
    await vi.waitFor(async () => {
      expect((await endpoints(grant)).endpoints_checked).toBeGreaterThan(before.endpoints_checked + 86_000);
    });
  });

  it(
    "are looked up by whoever gets no answer, while the old address is still silent",
    { timeout: 30_000 },
    async () => {
      const user = someUser();
      const { mytoken } = await login({ issuer: fakeIssuer("plain"), user });
      const grant = await grantOf(mytoken);
      await runInDurableObject(grant, (_, { storage }) => {
        storage.sql.exec("UPDATE login SET endpoints_checked = 0");
      });
      await script("plain", user, [{ hang: true }]);
      expect((await exchange(mytoken)).status).toBe(555);
      // The turn goes on for PROVIDER_LIMIT_SECONDS.
      await vi.waitFor(async () => {
        expect((await endpoints(grant)).endpoints_checked).toBeGreaterThan(0);
      });
    },
  );

  it("follow a provider that moved: one use fails, the next one works", async () => {
    const { mytoken } = await login({ issuer: fakeIssuer("plain") });
    const grant = await grantOf(mytoken);
    const { token_endpoint: good } = await endpoints(grant);
    await runInDurableObject(grant, (_, { storage }) => {
      storage.sql.exec("UPDATE login SET token_endpoint = ?, endpoints_checked = 0", `${good}-moved`);
    });
    expect((await exchange(mytoken)).status).not.toBe(200);
    await vi.waitFor(async () => {
      expect((await endpoints(grant)).token_endpoint).toBe(good);
    });
    expect(await exchange(mytoken)).toMatchObject({ status: 200 });
  });
});
