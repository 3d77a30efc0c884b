/** Strangers: login starts, unknown codes and revocations of nothing count against the address (DESIGN §10). 60 in 60 seconds. */
import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { type Answer, answerOf, type From, poll, post, send, start } from "../fixtures/client.ts";
import { fakeIssuer } from "../fixtures/fake-control.ts";

const startLogin = (from: From) =>
  post("/api/v0/token/my", { grant_type: "oidc_flow", oidc_issuer: fakeIssuer("plain") }, from);
const pollUnknown = (from: From) =>
  post("/api/v0/token/my", { grant_type: "polling_code", polling_code: "nope" }, from);
const showUnknown = async (from: From) =>
  answerOf(await send("/c/nope", { headers: { Accept: "application/json" } }, from));
const answerUnknown = async (from: From) => answerOf(await send("/c/nope", { method: "POST" }, from));
const returnUnknown = async (from: From): Promise<Answer> => {
  const response = await send("/redirect?state=nope&code=x", {}, from);
  return { status: response.status, headers: response.headers, body: {} };
};
const revokeUnknown = (token: string) => (from: From) => post("/api/v0/token/revoke", { token }, from);
const revokeOtherByUnknown = (from: From) =>
  post("/api/v0/token/revoke", { token: "x".repeat(64), mom_id: "x".repeat(22) }, from);

const CALLS = [
  ["login starts", "198.51.100.7", startLogin, 200],
  ["unknown polling codes", "198.51.100.8", pollUnknown, 401],
  ["looks at unknown consent codes", "198.51.100.9", showUnknown, 404],
  ["answers to unknown consent codes", "198.51.100.10", answerUnknown, 404],
  ["returns with an unknown state", "198.51.100.11", returnUnknown, 400],
  ["revocations of unknown tokens", "198.51.100.12", revokeUnknown("x".repeat(64)), 204],
  ["revocations of unknown codes", "198.51.100.13", revokeUnknown("nope"), 204],
  ["revocations of another token by an unknown one", "198.51.100.14", revokeOtherByUnknown, 400],
] as const;

describe.each(CALLS)("%s", (_, address, call, usual) => {
  it("from one address are refused after 60, with the time to wait; another address is heard", async () => {
    const statuses: number[] = [];
    let refused: Answer | undefined;
    // A window of 60 s may end while we count: then another 60 are heard.
    while (refused === undefined && statuses.length <= 120) {
      const answer = await call({ address });
      if (answer.status === 429) refused = answer;
      else statuses.push(answer.status);
    }
    expect(statuses.length).toBeGreaterThanOrEqual(60);
    expect(new Set(statuses)).toEqual(new Set([usual]));
    expect(refused?.headers.get("Retry-After")).toBe("60");
    if (call !== returnUnknown) {
      expect(refused?.headers.get("Content-Type")).toBe("application/json");
      expect(refused?.body).toEqual({ error: "too_many_requests", error_description: "slow down" });
    }
    expect((await call({ address: `198.51.101.${address.split(".")[3]}` })).status).toBe(usual);
  });
});

describe("whoever is limited", () => {
  const from = { address: "198.51.100.20" };

  it("can go on with a login that it started: its polls and its page are free", async () => {
    const flow = await start({ from });
    for (let count = 0; count < 80; count++) expect((await poll(flow, from)).status).toBe(428);
    let status = 200;
    for (let count = 0; count <= 120 && status === 200; count++) ({ status } = await startLogin(from));
    expect(status).toBe(429);
    expect((await poll(flow, from)).status).toBe(428);
    expect((await send(flow.consentPath, {}, from)).status).toBe(200);
  });

  it("is told by a page where a page was asked for", async () => {
    const address = "198.51.100.21";
    let response = await send("/c/nope", { headers: { Accept: "text/html" } }, { address });
    for (let count = 0; count <= 120 && response.status === 404; count++) {
      response = await send("/c/nope", { headers: { Accept: "text/html" } }, { address });
    }
    expect([response.status, response.headers.get("Content-Type")]).toEqual([429, "text/html; charset=utf-8"]);
    expect(response.headers.get("Retry-After")).toBe("60");
  });
});

it("a start that is refused for what it says counts too, for it may have looked up templates; none of them is stored", async () => {
  const address = "198.51.100.30";
  const before = (await listDurableObjectIds(env.AUTHORIZATION)).length;
  const statuses: number[] = [];
  for (let count = 0; count < 130 && !statuses.includes(429); count++) {
    const { status } = await post("/api/v0/token/my", { grant_type: "oidc_flow", oidc_issuer: "x" }, { address });
    statuses.push(status);
  }
  expect(statuses.filter((status) => status === 400).length).toBeGreaterThanOrEqual(60);
  expect(statuses.at(-1)).toBe(429);
  expect((await listDurableObjectIds(env.AUTHORIZATION)).length).toBe(before);
});
