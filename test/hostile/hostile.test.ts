/** A short run of `npm run test:hostile`, and that its tables fit the server. */
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { FLAWS, goodStart } from "./half-valid.ts";
import { call, login } from "./pool.ts";
import { requests } from "./requests.ts";
import { routesOfApp, STATUSES } from "./routes.ts";
import { type Report, run } from "./run.ts";
import { type Server, startServer } from "./server.ts";
import { leftBehind, rowsOf } from "./stored.ts";

const REQUESTS = 3000;
const SEED = 6;

it("knows every route of the application, and no other", () => {
  expect(Object.keys(STATUSES).toSorted()).toEqual([...routesOfApp()].toSorted());
});

it("lets strangers start logins at a configured provider, half right", () => {
  const known = "http://known.example";
  const sample = fc.sample(requests("stranger", [known]), { numRuns: 1000, seed: SEED });
  const whole = sample.filter(
    ({ aim, method, framing }) => aim === `${method} /api/v0/token/my` && framing === "length",
  );
  expect(whole.filter(({ body }) => String(body).includes(known)).length).toBeGreaterThan(3);
});

describe("a short run", () => {
  let server: Server;
  let report: Report;

  beforeAll(async () => {
    server = await startServer();
    report = await run(server, { requests: REQUESTS, seed: SEED });
  }, 120_000);

  afterAll(() => server.stop());

  it("finds nothing", () => {
    expect(report.faults).toEqual([]);
    expect(report.sent).toBe(REQUESTS);
  });

  it("leaves nothing stored of those who hold nothing", () => {
    const [before, after] = report.stored;
    expect(leftBehind(before, after)).toEqual([]);
    expect(before.files.length).toBeGreaterThan(10);
    expect(rowsOf(before)).toBeGreaterThan(100);
  });

  it("would see what one use leaves in an object that was there", { timeout: 60_000 }, async () => {
    const { mytoken } = await login(server, "plain", {});
    const before = await server.stored();
    await call(server, "/api/v0/token/access", { grant_type: "mytoken", mytoken });
    const found = leftBehind(before, await server.stored());
    expect(found).toEqual([expect.stringMatching(/Mytoken\/[0-9a-f]{64}\.sqlite › event: 1 rows more$/)]);
  });

  it("would see a login that a stranger starts", { timeout: 60_000 }, async () => {
    const before = await server.stored();
    await call(server, "/api/v0/token/my", goodStart(server.providers["plain"]!));
    const found = leftBehind(before, await server.stored());
    expect(found).toContainEqual(expect.stringMatching(/Authorization\/[0-9a-f]{64}\.sqlite$/));
  });

  it.each(Object.entries(FLAWS))("a start with %s is refused for that", async (_, flaw) => {
    const body = JSON.stringify({ ...goodStart(server.providers["plain"]!), ...flaw });
    const headers = { "Content-Type": "application/json" };
    const response = await fetch(`${server.issuer}/api/v0/token/my`, { method: "POST", headers, body });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain("issuer");
  });

  it("reaches every route", () => {
    const reached = new Set([...report.seen.keys()].map((key) => key.split(" ").slice(0, -1).join(" ")));
    expect(Object.keys(STATUSES).filter((route) => !reached.has(route))).toEqual([]);
  });

  it("is understood where it matters", () => {
    for (const route of [
      "token/access 200",
      "token/my 200",
      "token/revoke 204",
      "tokeninfo 200",
      "token/transfer 200",
    ]) {
      expect([...report.seen.keys()], route).toContain(`POST /api/v0/${route}`);
    }
  });
});
