/** A short run of `npm run test:hostile`, and that its tables fit the server. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { judgeLog } from "./log.ts";
import { faultsOf } from "./judge.ts";
import { routesOfApp, STATUSES } from "./routes.ts";
import { type Report, run } from "./run.ts";
import type { HostileRequest } from "./requests.ts";
import type { Secrets } from "./secrets.ts";
import { type Server, startServer } from "./server.ts";

const REQUESTS = 3000;
const SEED = 6;

it("knows every route of the application, and no other", () => {
  expect(Object.keys(STATUSES).toSorted()).toEqual([...routesOfApp()].toSorted());
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
    expect(after).toEqual(before);
    expect(before.objects).toBeGreaterThan(10);
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

describe("the judge", () => {
  const token = "t".repeat(40);
  const secrets = { jwt: [token] } as unknown as Secrets;
  const request: HostileRequest = {
    aim: "POST /api/v0/token/access",
    method: "POST",
    target: "/api/v0/token/access",
    headers: [],
    body: '{"mytoken":"⟦jwt!as_it_is!0⟧"}',
    framing: "length",
  };
  const judged = (status: number, body: string, headers: Record<string, string> = {}) => {
    const all = { "x-request-id": "1", "content-type": "application/json", "cache-control": "no-store", ...headers };
    return faultsOf(request, { status, headers: Object.entries(all), body }, secrets);
  };
  const error = (description: string) => JSON.stringify({ error: "e", error_description: description });

  it("accepts an error as it should be", () => {
    expect(judged(400, error("d"))).toEqual([]);
  });

  it.each([
    [500, error("d"), {}, "500"],
    [400, error(`no ${token}`), {}, "echoes a secret"],
    [400, error("x\n    at f (index.js:1:2)"), {}, undefined],
    [400, "TypeError: x", { "content-type": "text/plain" }, "tells of its insides"],
    [400, '{"error":"e"}', {}, "no error_description"],
    [400, error("é"), {}, "characters that no error may have"],
    [400, error("d"), { "cache-control": "public" }, "an error that may be stored"],
    [400, error("d"), { "x-hostile": "1" }, "a header was injected"],
    [404, "<p>", { "content-type": "text/html", "content-security-policy": "default-src 'none'" }, "a page below /api"],
    [200, '<hostile-tag onload="x()">', { "content-type": "text/html" }, "markup is not escaped"],
  ])("finds %s %s", (status, body, headers, fault) => {
    expect(judged(status, body, headers as Record<string, string>)).toContain(fault ?? "tells of its insides");
  });

  it("lets a page show what stood in its own address, whichever mark put it there", () => {
    const shown = { status: 200, headers: [["x-request-id", "1"] as [string, string]], body: `"${token}"` };
    const elsewhere = { ...request, target: "/native?application=⟦jwt!as_it_is!1⟧" };
    expect(faultsOf(elsewhere, shown, secrets)).not.toContain("echoes a secret");
    expect(faultsOf(request, shown, secrets)).toContain("echoes a secret");
  });

  it.each([
    ['{"kind":"exception"}', 'log: {"kind":"exception"}'],
    ["Uncaught Error: x", "log: Uncaught Error: x"],
    [`{"kind":"request","method":"GET","route":"/jwks","status":200,"request_id":"${token}"}`, "a secret in the log"],
    ['{"kind":"request","method":"GET","route":"/jwks","status":503}', "GET /jwks 503 is in no table"],
  ])("finds in the log: %s", (line, fault) => {
    expect(judgeLog([line], secrets).faults).toContain(fault);
  });
});
