import { describe, expect, it } from "vitest";
import { exchange, finish, HERE, login, type LoginOptions, poll, start } from "../fixtures/client.ts";
import { fakeIssuer, fakeLog, script, someUser } from "../fixtures/fake-control.ts";

const now = () => Math.floor(Date.now() / 1000);

/** A person with these groups, at a provider that enforces restrictions by them. */
async function member(trait: string, groups: unknown): Promise<LoginOptions & { user: string }> {
  const user = someUser();
  const step = { change: { groups } };
  await script(trait, user, [step, step], "userinfo");
  return { issuer: fakeIssuer(trait), user };
}

describe("restrictions that the operator enforces", () => {
  it("are the template of the first group that the mapping names, with `this` as the starter's address", async () => {
    const options = await member("slim.enforced", ["nobody", "users"]);
    const { restrictions } = await login({ ...options, from: { address: "192.0.2.77" } });
    expect(restrictions).toEqual([{ exp: expect.closeTo(now() + 86_400, -1.5), hosts: ["192.0.2.77"], usages_AT: 3 }]);
  });

  it("leave what was asked for, if that is tighter", async () => {
    const asked = { exp: now() + 600, hosts: [HERE], usages_AT: 1 };
    const options = await member("slim.enforced", ["users"]);
    const { restrictions } = await login({ ...options, request: { restrictions: [asked] } });
    expect(restrictions).toEqual([asked]);
  });

  it("replace what was asked for, if that is wider", async () => {
    const options = await member("slim.enforced", ["users"]);
    const { restrictions } = await login({ ...options, request: { restrictions: [{ usages_AT: 100 }] } });
    expect(restrictions).toMatchObject([{ usages_AT: 3 }]);
  });

  it("are none where the mapping says so, and the default for everybody else", async () => {
    expect(await login(await member("slim.enforced", "admins"))).not.toHaveProperty("restrictions");
    const { restrictions } = await login(await member("slim.enforced", []));
    expect(restrictions).toEqual([{ exp: expect.closeTo(now() + 3600, -1.5) }]);
  });

  it("refuse a login whose claim nobody understands, and revoke its refresh token", async () => {
    const options = await member("slim.enforced", [1]);
    const flow = await start(options);
    const back = await finish(flow, options);
    expect(back.status).toBe(555);
    expect(await back.text()).toContain("cannot understand claim type");
    const { families } = await fakeLog("slim.enforced", options.user);
    expect(families).toEqual([expect.objectContaining({ revoked: expect.anything() })]);
    expect(await poll(flow)).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });

  it("refuse a login that a template which does not exist would have to restrict", async () => {
    const options = await member("slim.enforced", ["gone"]);
    expect((await finish(await start(options), options)).status).toBe(400);
  });

  it("keep out whoever maps to nothing, with the operator's help as it is written", async () => {
    const options = await member("slim.forbidden", ["others"]);
    const back = await finish(await start(options), options);
    expect(back.status).toBe(403);
    const page = await back.text();
    expect(page).toContain("you do not have the required attributes");
    expect(page).toContain("<p>Ask <em>the office</em>.</p>");
  });
});

describe("the maximum lifetime of a provider", () => {
  it("cuts what is asked for at the login", async () => {
    const issuer = fakeIssuer("plain.limited");
    const { mytoken, restrictions } = await login({ issuer, request: { restrictions: [{ exp: now() + 9000 }] } });
    expect(restrictions).toEqual([{ exp: expect.closeTo(now() + 3600, -1.5) }]);
    expect(await exchange(mytoken)).toMatchObject({ status: 200 });
  });

  it("bounds a login that asks for nothing", async () => {
    const { restrictions, expires_in: expiresIn } = await login({ issuer: fakeIssuer("plain.limited") });
    expect(restrictions).toEqual([{ exp: expect.closeTo(now() + 3600, -1.5) }]);
    expect(expiresIn).toBeGreaterThan(3590);
  });
});
