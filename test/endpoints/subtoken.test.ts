import { describe, expect, it } from "vitest";
import { exchange, login, post, send } from "../fixtures/client.ts";

const MY = "/api/v0/token/my";

describe("a mytoken from a mytoken", () => {
  it("gives access tokens of its own", async () => {
    const { mytoken } = await login({ request: { capabilities: ["AT", "create_mytoken"] } });
    const child = await post(MY, { grant_type: "mytoken", mytoken, capabilities: ["AT"], name: "job" });
    expect(child.status).toBe(200);
    expect(child.body).toMatchObject({ mytoken_type: "token", capabilities: ["AT"] });
    expect(await exchange(String(child.body["mytoken"]))).toMatchObject({ status: 200 });
    expect(await post(MY, { grant_type: "mytoken", mytoken: child.body["mytoken"] })).toMatchObject({
      status: 403,
      body: { error: "insufficient_capabilities" },
    });
  });

  it("comes as short token, which gives access tokens and rotates as short token", async () => {
    const { mytoken } = await login({ request: { capabilities: ["AT", "create_mytoken"] } });
    const request = { grant_type: "mytoken", mytoken, response_type: "short_token", rotation: { on_AT: true } };
    const child = await post(MY, request);
    expect(child.body).toMatchObject({ mytoken_type: "short_token", mytoken: expect.stringMatching(/^mts_/) });
    const answer = await exchange(String(child.body["mytoken"]));
    expect(answer).toMatchObject({ status: 200, body: { token_update: { mytoken_type: "short_token" } } });
    const { mytoken: successor } = answer.body["token_update"] as { mytoken: string };
    expect(successor).not.toBe(child.body["mytoken"]);
    expect(await exchange(successor)).toMatchObject({ status: 200 });
  });

  it("moves by transfer code, once", async () => {
    const { mytoken } = await login();
    const made = await post("/api/v0/token/transfer", { mytoken });
    expect(made).toMatchObject({ status: 200, body: { expires_in: 300, mytoken_type: "transfer_code" } });
    const redeem = () => post(MY, { grant_type: "transfer_code", transfer_code: made.body["transfer_code"] });
    expect(await redeem()).toMatchObject({ status: 200, body: { mytoken, mytoken_type: "token" } });
    expect(await redeem()).toMatchObject({ status: 401, body: { error: "invalid_token" } });
  });

  it("ends with its parent, if revoked recursively, and not otherwise", async () => {
    const { mytoken } = await login({ request: { capabilities: ["AT", "create_mytoken"] } });
    const [one, two] = await Promise.all([1, 2].map(() => post(MY, { grant_type: "mytoken", mytoken })));
    const revoke = (token: unknown, recursive: boolean) => post("/api/v0/token/revoke", { token, recursive });
    const grandchild = await post(MY, { grant_type: "mytoken", mytoken: one!.body["mytoken"] });
    expect(await revoke(one!.body["mytoken"], false)).toMatchObject({ status: 204 });
    expect(await exchange(String(grandchild.body["mytoken"]))).toMatchObject({ status: 200 });
    expect(await exchange(String(one!.body["mytoken"]))).toMatchObject({ status: 401 });
    expect(await revoke(mytoken, true)).toMatchObject({ status: 204 });
    for (const token of [mytoken, two!.body["mytoken"], grandchild.body["mytoken"]]) {
      expect(await exchange(String(token))).toMatchObject({ status: 401, body: { error: "invalid_token" } });
    }
  });

  it("is revoked by its mom_id", async () => {
    const { mytoken } = await login({ request: { capabilities: ["AT", "create_mytoken"] } });
    const child = await post(MY, { grant_type: "mytoken", mytoken });
    const stranger = await login();
    const byStranger = { token: stranger.mytoken, mom_id: child.body["mom_id"] };
    expect(await post("/api/v0/token/revoke", byStranger)).toMatchObject({ status: 403 });
    const byParent = { token: mytoken, mom_id: child.body["mom_id"] };
    expect(await post("/api/v0/token/revoke", byParent)).toMatchObject({ status: 204 });
    expect(await exchange(String(child.body["mytoken"]))).toMatchObject({ status: 401 });
  });

  it("is shown to the person first, for oidc-agent", async () => {
    const { mytoken } = await login({ request: { capabilities: ["AT", "create_mytoken"] } });
    const body = { mytoken, grant_type: "mytoken", oidc_issuer: "", include: "web-default" };
    expect(await post("/c", body)).toMatchObject({ status: 400 });
    const issuer = JSON.parse(atob(mytoken.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/")))["oidc_iss"];
    const page = await send("/c", { method: "POST", body: JSON.stringify({ ...body, oidc_issuer: issuer }) });
    expect(page.status).toBe(200);
    expect(await page.text()).toContain('<div class="footer"');
    expect(await post("/c", { ...body, oidc_issuer: issuer, mytoken: `${mytoken}x` })).toMatchObject({ status: 401 });
  });
});
