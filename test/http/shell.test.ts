import { afterEach, describe, expect, it, vi } from "vitest";
import type { EdgeContext, Handler } from "../../src/http/context.ts";
import { refused } from "../../src/http/error-response.ts";
import type { Route } from "../../src/http/shell.ts";
import { serve } from "./probe.ts";
import { ISSUER, send } from "./worker.ts";

const ORIGIN = { Origin: "https://app.example.org" };

/** Routes of every kind. */
const ROUTES: readonly Route[] = [
  { method: "POST", path: "/api/v0/token/my", handler: () => new Response("made") },
  { method: "GET", path: "/c/:consent_code", handler: parameter("consent_code") },
  { method: "GET", path: "/api/v0/notifications/calendars", handler: () => new Response("calendars") },
  { method: "GET", path: "/api/v0/notifications/:code", handler: parameter("code") },
  { method: "GET", path: "/api/v0/tags/:tag{.+}", handler: parameter("tag") },
  { method: "GET", path: "/redirect", handler: () => new Response("spent"), spends: true },
  { method: "GET", path: "/short", handler: () => new Response("on"), when: (config) => config.shortTokens },
  { method: "GET", path: "/page", handler: () => new Response("", { headers: { "X-Frame-Options": "DENY" } }) },
  { method: "GET", path: "/locked", handler: () => Response.redirect("https://op.example.com/", 303) },
  { method: "GET", path: "/boom", handler: thrower(new TypeError(`no such thing as ${"x".repeat(40)}`)) },
  { method: "GET", path: "/parse", handler: () => new Response(JSON.parse("secret!") as string) },
  { method: "GET", path: "/away", handler: thrower(Object.assign(new Error("reset"), { retryable: true })) },
  {
    method: "GET",
    path: "/remote",
    handler: thrower(Object.assign(new Error("bug"), { remote: true, retryable: true })),
  },
  {
    method: "GET",
    path: "/passed-on",
    handler: thrower(Object.assign(new Error("reset"), { remote: true, durableObjectReset: true })),
  },
  { method: "GET", path: "/no", handler: (context) => refused(context, { reason: "usage_restricted", why: "hosts" }) },
  { method: "GET", path: "/event", handler: eventful },
];

function parameter(name: string): Handler {
  return (context) => new Response(context.req.param(name));
}

function thrower(error: Error): Handler {
  return () => {
    throw error;
  };
}

function eventful(context: EdgeContext): Response {
  context.var.log.events.push("AT_created");
  return new Response();
}

function call(path: string, init: RequestInit = {}, settings: object = {}): Promise<Response> {
  return serve(ROUTES, new Request(ISSUER + path, init), settings);
}

let written: string[] = [];

/** Keeps what would go to the log. */
function captureLog(): void {
  written = [];
  for (const method of ["log", "error", "warn"] as const) {
    vi.spyOn(console, method).mockImplementation((line) => void written.push(String(line)));
  }
}

/** The lines of the log, parsed. */
function lines(): Record<string, unknown>[] {
  return written.map((line) => JSON.parse(line) as Record<string, unknown>);
}

afterEach(() => {
  vi.restoreAllMocks();
});

describe("routing", () => {
  it.each([
    ["POST", "/API/v0/Token/MY/", "made"],
    ["GET", "/C/AbCdEfGh", "AbCdEfGh"],
    ["GET", "/c/AbCdEfGh/", "AbCdEfGh"],
    ["GET", "/api/v0/notifications/CALENDARS", "calendars"],
    ["GET", "/api/v0/notifications/Xy", "Xy"],
    ["GET", "/API/v0/tags/A/b/C", "A/b/C"],
    ["GET", "/api/v0/tags/a%20b", "a b"],
    ["GET", "/short", "on"],
  ])("%s %s", async (method, path, body) => {
    expect(await (await call(path, { method })).text()).toBe(body);
  });

  it.each([
    ["GET", "/api/v0/token/my"],
    ["PUT", "/api/v0/token/my"],
    ["GET", "//c/x"],
    ["GET", "/c"],
    ["GET", "/c/"],
    ["GET", "/c/x//"],
    ["GET", "/c/x/y"],
    ["GET", "/api/v0/tags"],
  ])("%s %s fits nothing: 404, never 405", async (method, path) => {
    const response = await call(path, { method, headers: { Accept: "application/json" } });
    expect(response.status).toBe(404);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toEqual({ error: "not_found", error_description: path });
  });

  it("answers HEAD like GET, without a body", async () => {
    const response = await call("/c/x", { method: "HEAD" });
    expect(response.status).toBe(200);
    expect(await response.text()).toBe("");
  });

  it("never runs what spends for a HEAD", async () => {
    expect((await call("/redirect", { method: "HEAD" })).status).toBe(404);
    expect(await (await call("/redirect")).text()).toBe("spent");
  });

  it("takes what is switched off for unknown", async () => {
    expect((await call("/short", {}, { SHORT_TOKENS: "off" })).status).toBe(404);
  });
});

describe("404", () => {
  it.each([
    ["/nope", undefined],
    ["/nope", "*/*"],
    ["/nope", "text/html,application/xhtml+xml"],
    ["/nope", "application/json;q=0.5, text/*"],
  ])("%s with Accept %s is a page", async (path, accept) => {
    const response = await call(path, accept === undefined ? {} : { headers: { Accept: accept } });
    expect(response.status).toBe(404);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
  });

  it.each([
    ["/nope", "application/json"],
    ["/nope", "text/html;q=0, application/json"],
    ["/api/v0/nope", "text/html"],
    ["/API/nope", undefined],
  ])("%s with Accept %s is JSON", async (path, accept) => {
    const response = await call(path, accept === undefined ? {} : { headers: { Accept: accept } });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ error: "not_found", error_description: path });
  });

  it("leaves the query out, and the end of a long path", async () => {
    const { error_description } = await (await call(`/api/${"x".repeat(5000)}?code=1`)).json<Record<string, string>>();
    expect(error_description).toBe(`/api/${"x".repeat(251)}`);
  });
});

describe("request id", () => {
  it("echoes a harmless one", async () => {
    const response = await call("/c/x", { headers: { "X-Request-ID": "my-request_1.a" } });
    expect(response.headers.get("X-Request-ID")).toBe("my-request_1.a");
  });

  it.each(["", "a b", "a\tb", "x".repeat(65), '{"a":1}', "ä", `mts_${"x".repeat(60)}`])("replaces %j", async (id) => {
    const response = await call("/nope", { headers: { "X-Request-ID": encodeURI(id) } });
    if (id !== "ä") expect(response.headers.get("X-Request-ID")).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(response.headers.get("X-Request-ID")).not.toBe(id);
  });
});

describe("CORS", () => {
  it("opens the API to every origin, errors included", async () => {
    const response = await call("/api/v0/token/my", { method: "POST", headers: ORIGIN });
    expect(response.headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(response.headers.has("Vary")).toBe(false);
    expect(response.headers.has("Access-Control-Allow-Credentials")).toBe(false);
    expect((await call("/api/nope", { headers: ORIGIN })).headers.get("Access-Control-Allow-Origin")).toBe("*");
  });

  it("says nothing without an Origin, and nothing about pages", async () => {
    expect((await call("/api/nope")).headers.has("Access-Control-Allow-Origin")).toBe(false);
    expect((await call("/c/x", { headers: ORIGIN })).headers.has("Access-Control-Allow-Origin")).toBe(false);
  });

  it("answers preflights", async () => {
    const asked = { ...ORIGIN, "Access-Control-Request-Method": "POST" };
    const wanted = { ...asked, "Access-Control-Request-Headers": "content-type,authorization" };
    const response = await call("/api/v0/token/my", { method: "OPTIONS", headers: wanted });
    expect(response.status).toBe(204);
    expect(Object.fromEntries(response.headers)).toMatchObject({
      "access-control-allow-origin": "*",
      "access-control-allow-methods": "GET,POST,HEAD,PUT,DELETE,PATCH",
      "access-control-allow-headers": "content-type,authorization",
      vary: "Access-Control-Request-Method, Access-Control-Request-Headers, Origin",
      "x-request-id": expect.any(String) as string,
    });
    const bare = await call("/api/v0/token/my", { method: "OPTIONS", headers: asked });
    expect(bare.headers.has("Access-Control-Allow-Headers")).toBe(false);
  });

  it("takes other OPTIONS for strays", async () => {
    const response = await call("/api/v0/token/my", { method: "OPTIONS", headers: ORIGIN });
    expect([response.status, response.headers.get("Vary")]).toEqual([404, "Origin"]);
    const asked = { ...ORIGIN, "Access-Control-Request-Method": "POST" };
    expect((await call("/c/x", { method: "OPTIONS", headers: asked })).status).toBe(404);
  });
});

describe("security headers", () => {
  it("stand on pages, not on the API", async () => {
    const page = await call("/c/x");
    expect(Object.fromEntries(page.headers)).toMatchObject({
      "x-xss-protection": "0",
      "x-content-type-options": "nosniff",
      "x-frame-options": "SAMEORIGIN",
      "cross-origin-embedder-policy": "require-corp",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "origin-agent-cluster": "?1",
      "referrer-policy": "no-referrer",
      "x-dns-prefetch-control": "off",
      "x-download-options": "noopen",
      "x-permitted-cross-domain-policies": "none",
      "strict-transport-security": "max-age=31536000",
    });
    const api = await call("/api/v0/token/my", { method: "POST" });
    expect(api.headers.has("Cross-Origin-Resource-Policy")).toBe(false);
    expect(api.headers.get("Strict-Transport-Security")).toBe("max-age=31536000");
  });

  it("leave alone what a page sets, and reach answers that the runtime has locked", async () => {
    expect((await call("/page")).headers.get("X-Frame-Options")).toBe("DENY");
    const locked = await call("/locked", { redirect: "manual" });
    expect(locked.status).toBe(303);
    expect(locked.headers.get("Referrer-Policy")).toBe("no-referrer");
  });

  it("demand https only of an https issuer", async () => {
    const response = await call("/c/x", {}, { ISSUER: "http://localhost:8787" });
    expect(response.headers.has("Strict-Transport-Security")).toBe(false);
  });
});

describe("exceptions", () => {
  it("are a bare 500 with the id of the request, logged without long texts", async () => {
    captureLog();
    const response = await call("/boom", { headers: { "X-Request-ID": "r1", Accept: "application/json", ...ORIGIN } });
    expect(response.status).toBe(500);
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toEqual({ error: "internal_server_error", error_description: "request id r1" });
    const [line] = lines().filter((entry) => entry["kind"] === "exception");
    expect(line).toMatchObject({ level: "error", request_id: "r1", name: "TypeError", message: "no such thing as …" });
    expect(line?.["stack"]).not.toHaveLength(0);
  });

  it("are a page to a browser, which says nothing else either", async () => {
    captureLog();
    const headers = { "X-Request-ID": "r1", Accept: "text/html" };
    const boom = await call("/boom", { headers });
    expect([boom.status, boom.headers.get("Content-Type")]).toEqual([500, "text/html; charset=utf-8"]);
    const page = await boom.text();
    expect(page).toContain("request id r1");
    expect(page).not.toContain("no such thing");
    const away = await call("/away", { headers });
    expect([away.status, away.headers.get("Retry-After")]).toEqual([503, "1"]);
    expect(await away.text()).toContain("temporarily_unavailable");
  });

  it("are logged without what a parser quotes", async () => {
    captureLog();
    expect((await call("/parse")).status).toBe(500);
    expect(JSON.stringify(lines())).not.toContain("secret!");
  });

  it("of a part that was away are 503, of our own code in an object 500", async () => {
    captureLog();
    const away = await call("/away", { headers: { Accept: "application/json" } });
    expect([away.status, away.headers.get("Retry-After")]).toEqual([503, "1"]);
    expect(await away.json()).toMatchObject({ error: "temporarily_unavailable" });
    expect((await call("/remote")).status).toBe(500);
    expect((await call("/passed-on")).status).toBe(503);
  });

  it("of missing settings tell the log which, and the client nothing", async () => {
    captureLog();
    const response = await call("/c/x", { headers: { "X-Request-ID": "r2" } }, { PEPPER: undefined });
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ error: "internal_server_error", error_description: "request id r2" });
    expect(lines()).toContainEqual({
      level: "error",
      kind: "configuration",
      request_id: "r2",
      message: "PEPPER: missing",
    });
  });
});

describe("the log line", () => {
  it("has the pattern of the route, and no path, query or header", async () => {
    captureLog();
    const headers = { "X-Request-ID": "r3", Authorization: "Bearer hush" };
    const request = new Request(`${ISSUER}/c/hush?state=hush`, {
      headers,
      cf: { colo: "FRA", country: "DE" },
    });
    await serve(ROUTES, request);
    expect(lines()).toEqual([
      {
        level: "info",
        kind: "request",
        request_id: "r3",
        method: "GET",
        route: "/c/:consent_code",
        status: 200,
        duration_ms: expect.any(Number) as number,
        colo: "FRA",
        country: "DE",
        reason: null,
        why: null,
        events: [],
      },
    ]);
  });

  it("has the reason of a refusal and the names of events", async () => {
    captureLog();
    await call("/no");
    await call("/event");
    await call("/api/hush");
    expect(lines()).toMatchObject([
      { route: "/no", status: 403, reason: "usage_restricted", why: "hosts" },
      { route: "/event", reason: null, events: ["AT_created"] },
      { route: null, status: 404, reason: "not_found" },
    ]);
    expect(JSON.stringify(lines())).not.toContain("hush");
  });

  it("warns once of a setting that works badly", async () => {
    captureLog();
    const rsa = { kty: "RSA", alg: "PS256", n: "u".repeat(342), e: "AQAB", d: "AQAB" };
    await send("/nope", {}, { SIGNING_KEYS: JSON.stringify([rsa]) });
    expect(lines().filter((entry) => entry["level"] === "warning")).toHaveLength(1);
  });
});
