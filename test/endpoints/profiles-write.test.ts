import { describe, expect, it } from "vitest";
import { AWAY, basic, call, create, listed } from "../profiles/operator.ts";

const OTHER_ID = "0b6f2a3e-6c1b-4f0e-9a53-0b86c0b0e9a1";

/** Why a template is not stored, as `grp` writes it. */
async function refusal(kind: string, body: unknown): Promise<[number, unknown]> {
  const answer = await call("POST", `/pt/grp/${kind}`, { as: "grp", body });
  return [answer.status, answer.body["error_description"]];
}

describe("a template", () => {
  it("is created, changed and deleted", async () => {
    const created = await call("POST", "/pt/grp/restrictions", {
      as: "grp",
      body: { name: "x", payload: { scope: "a" } },
    });
    expect([created.status, created.body]).toEqual([201, { id: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
    expect(await listed("restrictions", "grp")).toEqual({ x: [{ scope: "a" }] });

    const path = `/pt/grp/restrictions/${String(created.body["id"])}`;
    const changed = await call("PUT", path, { as: "grp", body: { name: "y", payload: [{ scope: "b" }, "1d"] } });
    expect([changed.status, changed.body]).toEqual([200, {}]);
    expect(await listed("restrictions", "grp")).toEqual({ y: [{ scope: "b" }, { exp: expect.any(Number) }] });

    // As Go sends a DELETE without a body.
    const deleted = await call("DELETE", path, { as: "grp", body: "null\n" });
    expect([deleted.status, deleted.body]).toEqual([204, {}]);
    expect(await listed("restrictions", "grp")).toEqual({});
    expect((await call("DELETE", path, { as: "grp" })).status).toBe(204);
    expect((await call("PUT", path, { as: "grp", body: { name: "y", payload: {} } })).status).toBe(200);
    expect(await listed("restrictions", "grp")).toEqual({});
  });

  it("of the default group needs no group in the path, and may be a shipped one", async () => {
    const { list } = await call("GET", "/pt/rotation");
    const { id } = (list as { id: string; name: string }[]).find(({ name }) => name === "monthly")!;
    const body = { name: "monthly", payload: { lifetime: 3 } };
    expect((await call("PUT", `/pt/rotation/${id}`, { as: "_", body })).status).toBe(200);
    expect((await listed("rotation", "_"))["monthly"]).toEqual({ lifetime: 3 });
    expect((await call("DELETE", `/pt/_/rotation/${id}`, { as: "_" })).status).toBe(204);
    expect(await listed("rotation", "_")).not.toHaveProperty("monthly");
  });

  it("is found by an id in the query or the body, too", async () => {
    const id = await create("rotation", "other", "r", { on_AT: true });
    const put = (path: string, more: object, on_other: boolean) =>
      call("PUT", path, { as: "other", body: { name: "r", payload: { on_other }, ...more } });
    expect((await put(`/pt/other/rotation?id=${id}`, {}, true)).status).toBe(200);
    expect(await listed("rotation", "other")).toEqual({ r: { on_other: true } });
    expect((await put("/pt/other/rotation", { ID: id }, false)).status).toBe(200);
    expect(await listed("rotation", "other")).toEqual({ r: {} });
    expect((await call("DELETE", "/pt/other/rotation", { as: "other", body: { id } })).status).toBe(204);
    expect(await listed("rotation", "other")).toEqual({});
    const again = await create("rotation", "other", "r", {});
    expect((await call("DELETE", `/pt/other/rotation?id=${again}`, { as: "other" })).status).toBe(204);
    expect(await listed("rotation", "other")).toEqual({});
  });

  it("is out of reach by way of another kind or group", async () => {
    const id = await create("rotation", "other", "mine", { on_AT: true });
    expect((await call("DELETE", `/pt/grp/rotation/${id}`, { as: "grp" })).status).toBe(204);
    expect((await call("DELETE", `/pt/other/profiles/${id}`, { as: "other" })).status).toBe(204);
    const body = { name: "stolen", payload: {} };
    expect((await call("PUT", `/pt/grp/rotation/${id}`, { as: "grp", body })).status).toBe(200);
    expect(await listed("rotation", "other")).toMatchObject({ mine: { on_AT: true } });
    expect(await listed("rotation", "grp")).not.toHaveProperty("stolen");
  });

  it("has a name of its own in its group and kind: 409", async () => {
    const id = await create("capabilities", "grp", "twice", ["AT"]);
    const again = { as: "grp", body: { name: "twice", payload: ["tokeninfo"] } } as const;
    const answer = await call("POST", "/pt/grp/capabilities", again);
    expect([answer.status, answer.body]).toEqual([
      409,
      { error: "invalid_request", error_description: `'twice' exists already, with the id ${id}` },
    ]);
    const second = await create("capabilities", "grp", "second", ["AT"]);
    expect((await call("PUT", `/pt/grp/capabilities/${second}`, again)).status).toBe(409);
    expect((await call("PUT", `/pt/grp/capabilities/${OTHER_ID}`, again)).status).toBe(200);
    expect(await listed("capabilities", "grp")).toEqual({ second: ["AT"], twice: ["AT"] });
    await create("capabilities", "other", "twice", ["AT"]);
    await create("rotation", "grp", "twice", {});
    await create("capabilities", "grp", "Twice", ["AT"]);
  });
});

it("of many writes of one name at once one is stored", async () => {
  const write = (n: number) =>
    call("POST", "/pt/other/profiles", { as: "other", body: { name: "race", payload: { name: `n${n}` } } });
  const answers = await Promise.all(Array.from({ length: 10 }, (_, n) => write(n)));
  expect(answers.filter(({ status }) => status === 409)).toHaveLength(9);
  const stored = answers.findIndex(({ status }) => status === 201);
  expect(await listed("profiles", "other")).toEqual({ race: { name: `n${stored}` } });
});

describe("what is refused:", () => {
  it.each([
    ["no name", { payload: {} }, "name: missing"],
    ["an empty name (N7)", { name: "", payload: {} }, "name: must not be empty"],
    ["a name that is no text", { name: 5, payload: {} }, "name: expected string"],
    ["no payload", { name: "x" }, "payload: missing"],
    ["null", { name: "x", payload: null }, "payload: missing"],
    ["an empty text", { name: "x", payload: "" }, "template is empty: 'grp/x'"],
    [
      "an unknown clause key",
      { name: "x", payload: { ips: ["192.0.2.1"] } },
      "restrictions: clause 0: 'ips' is not known",
    ],
    ["an unknown name", { name: "x", payload: { include: "nowhere" } }, "unknown include name: 'nowhere'"],
    ["a name that is no template", { name: "x", payload: "constructor" }, "unknown include name: 'constructor'"],
    ["__proto__", { name: "x", payload: { include: ["__proto__"] } }, "unknown include name: '__proto__'"],
    ["itself", { name: "x", payload: { include: "grp/x" } }, "include name includes itself: 'grp/x'"],
    ["a number", { name: "x", payload: 5 }, "unknown include name: '5'"],
  ])("%s", async (_, body, description) => {
    expect(await refusal("restrictions", body)).toEqual([400, description]);
  });

  it.each([
    ["capabilities", {}, "capabilities must be an array of strings or a text"],
    ["capabilities", [], "template is empty: 'grp/x'"],
    ["capabilities", ["@default", 5], "a capability must be a text that is not empty"],
    ["capabilities", ["@grp/x"], "include name includes itself: 'grp/x'"],
    ["rotation", [], "rotation must be an object"],
    ["rotation", { on_AT: "yes" }, "rotation: on_AT must be true or false"],
    ["rotation", { lifetime: -1 }, "rotation: lifetime must be a whole number of seconds, not negative"],
    ["profiles", [], "a profile must be an object"],
    ["profiles", { name: 5 }, "wrong type of value: 'name'"],
    ["profiles", { restrictions: { exp: "soon" } }, /^restrictions: clause 0: 'exp' must be/],
    ["profiles", { capabilities: "@nowhere" }, "unknown include name: 'nowhere'"],
    ["profiles", { include: "web-default", restrictions: {} }, /cannot merge/],
  ])("%s %j", async (kind, payload, description) => {
    const expected = typeof description === "string" ? description : expect.stringMatching(description);
    expect(await refusal(kind, { name: "x", payload })).toEqual([400, expected]);
  });

  it.each(["a b", " x", "a\tb", "a/b", "@x", "x\u0000", "a\u00A0b", "x".repeat(300)])("the name %j", async (name) => {
    const description = expect.stringMatching(/^name: must be short and without blanks/);
    expect(await refusal("rotation", { name, payload: {} })).toEqual([400, description]);
  });

  it.each([
    ["no body", "", 400],
    ["no JSON", "{", 400],
    ["no object", "[]", 400],
    ["null", "null", 400],
    ["what is too deep", `{"name":"x","payload":${"[".repeat(40)}${"]".repeat(40)}}`, 400],
    ["what is far too deep", `{"name":"x","payload":${"[".repeat(30_000)}${"]".repeat(30_000)}}`, 400],
    ["what is too long", { name: "x", payload: { scope: "s".repeat(70_000) } }, 413],
    ["too many clauses", { name: "x", payload: Array.from({ length: 101 }, (_, n) => ({ scope: `s${n}` })) }, 400],
  ])("%s", async (_, body, status) => {
    const answer = await call("POST", "/pt/grp/restrictions", { as: "grp", body });
    expect([answer.status, answer.body["error"]]).toEqual([status, "invalid_request"]);
  });

  it("circles, however they would come about (Q16)", async () => {
    const a = await create("restrictions", "grp", "a", { scope: "a" });
    await create("restrictions", "grp", "b", { include: "grp/a" });
    await create("restrictions", "grp", "c", ["grp/b"]);
    const close = (name: string, payload: unknown) =>
      call("PUT", `/pt/grp/restrictions/${a}`, { as: "grp", body: { name, payload } });
    const circle = await close("a", { include: "grp/c" });
    expect([circle.status, circle.body["error_description"]]).toEqual([400, "include name includes itself: 'grp/a'"]);
    // Under another name there is no circle, but what b includes would be gone.
    expect((await close("z", { include: "grp/c" })).body["error_description"]).toBe("unknown include name: 'grp/a'");
    expect((await close("a", { include: "grp/a" })).status).toBe(400);
    expect((await close("a", { scope: "changed" })).status).toBe(200);
    expect(await listed("restrictions", "grp")).toMatchObject({ c: [{ scope: "changed" }] });
  });

  it("more than 32 levels", async () => {
    await create("rotation", "grp", "t1", { on_AT: true });
    for (let level = 2; level <= 32; level++) await create("rotation", "grp", `t${level}`, `grp/t${level - 1}`);
    expect(await refusal("rotation", { name: "t33", payload: "grp/t32" })).toEqual([
      400,
      "includes are nested too deeply",
    ]);
    expect((await listed("rotation", "grp"))["t32"]).toEqual({ on_AT: true });
  });

  it("ids that are none (Q20)", async () => {
    for (const method of ["PUT", "DELETE"]) {
      for (const path of ["/pt/grp/rotation/x", "/pt/grp/rotation?id=1", "/pt/grp/rotation", "/pt/grp/rotation?id="]) {
        const { status, body } = await call(method, path, { as: "grp", body: { name: "x", payload: {} } });
        expect([method, path, status, body["error"]]).toEqual([method, path, 400, "invalid_request"]);
      }
    }
    expect((await call("DELETE", "/pt/grp/rotation", { as: "grp", body: { id: 5 } })).status).toBe(400);
    expect((await call("DELETE", "/pt/rotation/x", { as: "_" })).status).toBe(400);
  });

  it("everything while the directory is away: 503", async () => {
    const settings = { DIRECTORY: AWAY };
    const body = { name: "x", payload: {} };
    expect((await call("POST", "/pt/grp/rotation", { as: "grp", body, settings })).status).toBe(503);
    expect((await call("PUT", `/pt/grp/rotation/${OTHER_ID}`, { as: "grp", body, settings })).status).toBe(503);
    expect((await call("DELETE", `/pt/grp/rotation/${OTHER_ID}`, { as: "grp", settings })).status).toBe(503);
  });
});

describe("who may write", () => {
  const body = { name: "new", payload: { on_AT: true } };

  it.each([
    ["nobody", {}],
    ["a wrong password", { Authorization: basic("grp", "wrong") }],
    ["no password", { Authorization: basic("grp", "") }],
    ["a group that is not configured, without a password (Q19)", { Authorization: basic("free", "") }],
    ["neither name nor password (N7)", { Authorization: basic("", "") }],
    ["constructor", { Authorization: basic("constructor", "") }],
    ["a bearer", { Authorization: "Bearer x" }],
    ["no base64", { Authorization: "Basic %" }],
    ["base64 of no UTF-8", { Authorization: "Basic /////w==" }],
    ["no colon", { Authorization: `Basic ${btoa("grp")}` }],
  ])("not %s", async (_, headers) => {
    for (const [method, path] of [
      ["POST", "/pt/grp/rotation"],
      ["POST", "/pt/free/rotation"],
      ["POST", "/pt/rotation"],
      ["PUT", `/pt/grp/rotation/${OTHER_ID}`],
      ["DELETE", `/pt/grp/rotation/${OTHER_ID}`],
    ] as const) {
      const answer = await call(method, path, {
        headers,
        body,
        address: "127.0.0.1",
      });
      expect([answer.status, answer.body["error"]]).toEqual([401, "unauthorized"]);
      expect(answer.headers.get("WWW-Authenticate")).toBe("basic realm=Restricted");
    }
    expect(await listed("rotation", "free")).toEqual({});
  });

  it("not another group: 403", async () => {
    for (const path of ["/pt/grp/rotation", "/pt/rotation", "/pt/OTHER/rotation"]) {
      expect((await call("POST", path, { as: "other", body })).status).toBe(403);
    }
  });

  it("nobody, if no group has a password", async () => {
    const settings = { PROFILE_GROUPS: "{}" };
    for (const password of ["", "x"]) {
      const headers = { Authorization: basic("_", password) };
      expect((await call("POST", "/pt/rotation", { headers, body, settings })).status).toBe(401);
    }
  });

  it("learns nothing about the body before", async () => {
    expect((await call("POST", "/pt/grp/rotation", { body: "{" })).status).toBe(401);
  });

  it("guesses only so often, even if then right", async () => {
    const address = "203.0.113.77";
    const headers = { Authorization: basic("grp", "guess") };
    let tries = 0;
    while ((await call("POST", "/pt/grp/rotation", { headers, body, address })).status === 401) tries++;
    expect(tries).toBe(60);
    const right = await call("POST", "/pt/grp/rotation", { as: "grp", body, address });
    expect([right.status, right.body["error"]]).toEqual([429, "too_many_requests"]);
    expect(Number(right.headers.get("Retry-After"))).toBeGreaterThan(0);
    expect((await call("POST", "/pt/grp/rotation", { as: "grp", body })).status).toBe(201);
  });
});
