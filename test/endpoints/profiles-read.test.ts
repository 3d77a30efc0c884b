import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { SHIPPED_TEMPLATES } from "../../src/token/templates/shipped.ts";
import { AWAY, call, create, listed } from "../profiles/operator.ts";

const DAY = 86_400;

async function insert(kind: string, group: string, name: string, payload: unknown): Promise<void> {
  await env.DIRECTORY.prepare("INSERT INTO templates (id, kind, grp, name, payload) VALUES (?, ?, ?, ?, ?)")
    .bind(crypto.randomUUID(), kind, group, name, JSON.stringify(payload))
    .run();
}

describe("the shipped templates", () => {
  it("stand in the default group", async () => {
    expect((await call("GET", "/pt")).list).toEqual(["_"]);
  });

  it("are listed by name, resolved, in the shapes of a request", async () => {
    const now = Math.floor(Date.now() / 1000);
    const soon = (seconds: number) =>
      expect.toSatisfy((exp: number) => exp - now - seconds >= 0 && exp - now - seconds < 5);
    expect((await call("GET", "/pt/profiles")).list).toEqual([
      {
        id: expect.any(String),
        name: "agent",
        payload: { capabilities: ["AT", "tokeninfo", "manage_mytokens", "create_mytoken", "settings"] },
      },
      {
        id: expect.any(String),
        name: "web-default",
        payload: {
          restrictions: [{ exp: soon(DAY / 2), hosts: ["this"], usages_AT: 15 }],
          capabilities: ["AT", "tokeninfo"],
        },
      },
    ]);
    const restrictions = await listed("restrictions", "_");
    expect(Object.keys(restrictions)).toEqual(["12h", "1d", "1m", "1w", "1y", "ip-this", "web-default"]);
    expect(restrictions).toMatchObject({ "1m": [{ exp: soon(30 * DAY) }], "ip-this": [{ hosts: ["this"] }] });
    expect((await listed("capabilities", "_"))["default+MT"]).toEqual(["AT", "tokeninfo", "create_mytoken"]);
    const rotation = await listed("rotation", "_");
    expect(rotation["at-other-no-auto-revoke"]).toEqual({ on_AT: true, on_other: true });
    expect(rotation["at-other-daily-auto-revoke"]).toEqual({
      on_AT: true,
      on_other: true,
      lifetime: DAY,
      auto_revoke: true,
    });
    expect(Object.keys(rotation)).toHaveLength(SHIPPED_TEMPLATES.filter(({ kind }) => kind === "rotation").length);
  });
});

describe("reading", () => {
  it("is for everybody, and sees any letter case of the kind, a trailing slash and a body of null", async () => {
    const { list } = await call("GET", "/pt/capabilities");
    for (const path of ["/pt/_/capabilities", "/PT/_/Capabilities/", "/pt/capabilities/"]) {
      const answer = await call("GET", path);
      expect([path, answer.status, answer.list]).toEqual([path, 200, list]);
    }
    expect((await call("HEAD", "/pt/rotation")).status).toBe(200);
    const { headers } = await call("GET", "/pt/rotation", { headers: { Origin: "https://app.example" } });
    expect(headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(headers.get("Content-Type")).toBe("application/json");
  });

  it("finds nothing in groups without templates: [] (Q21)", async () => {
    for (const path of [
      "/pt/nogroup/rotation",
      "/pt/__proto__/profiles",
      "/pt/constructor/profiles",
      "/pt/a%2Fb/profiles",
    ]) {
      expect((await call("GET", path)).list, path).toEqual([]);
    }
  });

  it.each(["/pt/nokind", "/pt/_/nokind", "/pt/_/profiles/x", "/pt/a/b/c", "/pt/%zz/profiles", "/pt/constructor"])(
    "knows no %s",
    async (path) => {
      const { status, body } = await call("GET", path);
      expect([status, body]).toEqual([404, { error: "not_found", error_description: `/api/v0${path}` }]);
    },
  );

  it("tells groups by their exact name (N1); a plus sign is a blank", async () => {
    await insert("rotation", "GRP", "r", { on_AT: true });
    await insert("rotation", "two words+", "r", { on_other: true });
    expect(await listed("rotation", "grp")).toEqual({});
    expect(await listed("rotation", "GRP")).toEqual({ r: { on_AT: true } });
    expect((await call("GET", "/pt")).list).toEqual(["GRP", "_", "two words+"]);
    // No text of a request can name a group with a blank.
    expect((await call("GET", "/pt/two+words%2B/rotation")).list).toEqual([]);
  });

  it("leaves out what cannot be resolved (Q22), wherever it came from (N3)", async () => {
    await insert("restrictions", "odd", "a", { include: "odd/b" });
    await insert("restrictions", "odd", "b", { include: "odd/a" });
    await insert("restrictions", "odd", "dangling", "nowhere");
    await insert("restrictions", "odd", "null", null);
    await insert("restrictions", "odd", "unknown-key", { ips: ["192.0.2.1"] });
    await insert("restrictions", "odd", "good", { include: "1d", scope: "s" });
    expect(Object.keys(await listed("restrictions", "odd"))).toEqual(["good"]);
  });

  it("leaves out what is switched off here", async () => {
    const { list } = await call("GET", "/pt/restrictions", { settings: { UNSUPPORTED_RESTRICTIONS: '["hosts"]' } });
    expect((list as { name: string }[]).map(({ name }) => name)).toEqual(["12h", "1d", "1m", "1w", "1y"]);
  });

  it("finds templates that are named like members of objects", async () => {
    for (const name of ["constructor", "__proto__", "toString"]) await create("rotation", "grp", name, { on_AT: true });
    const { list } = await call("GET", "/pt/grp/rotation");
    expect((list as { name: string }[]).map(({ name }) => name)).toEqual(["__proto__", "constructor", "toString"]);
  });

  it("is 503 while the directory is away", async () => {
    for (const path of ["/pt", "/pt/profiles"]) {
      const { status, headers, body } = await call("GET", path, { settings: { DIRECTORY: AWAY } });
      expect([status, body["error"]]).toEqual([503, "temporarily_unavailable"]);
      expect(headers.get("Retry-After")).not.toBeNull();
    }
  });

  it("is 404 where profiles are switched off", async () => {
    for (const [method, path] of [
      ["GET", "/pt"],
      ["GET", "/pt/profiles"],
      ["POST", "/pt/profiles"],
    ] as const) {
      expect((await call(method, path, { as: "_", settings: { PROFILES: "off" } })).status).toBe(404);
    }
  });
});
