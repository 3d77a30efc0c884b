/** That the checks of a hostile run find what they are for. */
import { describe, expect, it } from "vitest";
import { faultsOf } from "./judge.ts";
import { judgeLog } from "./log.ts";
import { chunksOf } from "./run.ts";
import { untold } from "./rejections.ts";
import type { HostileRequest } from "./requests.ts";
import type { Secrets } from "./secrets.ts";
import { leftBehind, type Stored } from "./stored.ts";
import { againCommand, shown } from "./tell.ts";

const token = "t".repeat(40);
const secrets = { jwt: [token], transfer: ["AbcdefgH"] } as unknown as Secrets;
const request: HostileRequest = {
  aim: "POST /api/v0/token/access",
  method: "POST",
  target: "/api/v0/token/access",
  headers: [],
  body: '{"mytoken":"⟦jwt!as_it_is!0⟧"}',
  framing: "length",
};
const error = (description: string) => JSON.stringify({ error: "e", error_description: description });

function judged(status: number, body: string, headers: Record<string, string> = {}, asked = request): string[] {
  const all = { "x-request-id": "1", "content-type": "application/json", "cache-control": "no-store", ...headers };
  return faultsOf(asked, { status, headers: Object.entries(all), body }, secrets);
}

describe("an answer", () => {
  it("is accepted if it is an error as it should be", () => {
    expect(judged(400, error("d"))).toEqual([]);
  });

  it.each([
    [500, error("d"), {}, "500"],
    [400, error(`no ${token}`), {}, "echoes a secret"],
    [400, error("x\n    at f (index.js:1:2)"), {}, "tells of its insides"],
    [400, "TypeError: x", { "content-type": "text/plain" }, "tells of its insides"],
    [400, '{"error":"e"}', {}, "no error_description"],
    [400, error("é"), {}, "characters that no error may have"],
    [400, error("d"), { "cache-control": "public" }, "an error that may be stored"],
    [400, error("d"), { "x-hostile": "1" }, "a header was injected"],
    [404, "<p>", { "content-type": "text/html", "content-security-policy": "default-src 'none'" }, "a page below /api"],
    [200, '<hostile-tag onload="x()">', { "content-type": "text/html" }, "markup is not escaped"],
  ])("is at fault: %s %s", (status, body, headers, fault) => {
    expect(judged(status, body, headers as Record<string, string>)).toContain(fault);
  });

  it("is at fault if there is none", () => {
    expect(faultsOf(request, null, secrets)).toEqual(["no answer"]);
  });
});

describe("a transfer code", () => {
  const asked = { ...request, body: '{"transfer_code":"⟦transfer!as_it_is!0⟧"}' };

  it.each(["no code AbcdefgH", "AbcdefgH"])("may not come back: %s", (text) => {
    expect(judged(400, error(text), {}, asked)).toContain("echoes a secret");
  });

  it("is no part of another word", () => {
    expect(judged(400, error("AbcdefgHi"), {}, asked)).toEqual([]);
  });
});

describe("a fault that is told", () => {
  it("shortens repetitions alone", () => {
    expect(shown({ body: `b${"x".repeat(5000)}y`, framing: "length" })).toBe('{"body":"bx…y","framing":"length"}');
  });

  it("names what sends it again: the run and its chunk, of which the seed does not depend on the others", () => {
    expect(againCommand({ requests: 3000, seed: 6 }, 2)).toMatch(/--requests 3000 --seed 6 --chunk 2$/);
    expect(chunksOf(3000, 6).map(({ sender, size, seed }) => [sender, size, seed])).toEqual([
      ["stranger", 1000, 6],
      ["stranger", 800, 1006],
      ...[1806, 2056, 2306, 2556].map((seed) => ["holder", 250, seed]),
      ["holder", 200, 2806],
    ]);
  });
});

describe("a secret in the address", () => {
  const mark = "⟦jwt!as_it_is!1⟧";
  const at = (target: string, status: number, body: string) => judged(status, body, {}, { ...request, target });

  it.each([
    [`/native?application=${mark}`, 200, token],
    [`/NATIVE/abort/?application=${mark}`, 200, token],
    [`/api/v0/${mark}?a=b`, 404, error(`/api/v0/${token}`)],
  ])("may come back: %s %s", (target, status, body) => {
    expect(at(target, status, body)).not.toContain("echoes a secret");
  });

  it.each([
    [`/native?state=${mark}`, 200, token],
    [`/native?application=${mark}`, 400, error(token)],
    [`/native/other?application=${mark}`, 200, token],
    [`/home?application=${mark}`, 200, token],
    [`/redirect?state=${mark}`, 400, error(`no ${token}`)],
    [`/api/v0/settings?mytoken=${mark}`, 401, error(token)],
    [`/api/v0/x?mytoken=${mark}`, 404, error(`/api/v0/x?mytoken=${token}`)],
    [`/c/${mark}`, 404, error(`no code ${token}`)],
    [`/c/${mark}`, 200, token],
  ])("may not: %s %s", (target, status, body) => {
    expect(at(target, status, body)).toContain("echoes a secret");
  });
});

describe("the log", () => {
  it.each([
    ['{"kind":"exception"}', 'log: {"kind":"exception"}'],
    ["Uncaught Error: x", "log: Uncaught Error: x"],
    ["unhandled rejection: x", "log: unhandled rejection: x"],
    [`{"kind":"request","method":"GET","route":"/jwks","status":200,"request_id":"${token}"}`, "a secret in the log"],
    ['{"kind":"request","method":"GET","route":"/jwks","status":503}', "GET /jwks 503 is in no table"],
  ])("is at fault: %s", (line, fault) => {
    expect(judgeLog([line], secrets).faults).toContain(fault);
  });

  it("is deaf if it lacks one of the rejections that were made on purpose", () => {
    const told = ["at-once", "after-the-answer", "in-waitUntil", "in-an-object"];
    expect(untold([])).toEqual(told);
    expect(untold(told.slice(1).map((way) => `log: Error: ${way}`))).toEqual(["at-once"]);
  });
});

describe("what is stored", () => {
  const stored = (tables: Record<string, readonly object[]>, files = ["a"]): Stored => {
    const texts = Object.entries(tables).map(([name, rows]) => [name, rows.map((row) => JSON.stringify(row))] as const);
    return { files, tables: new Map(texts) };
  };
  const before = stored({ "a › token": [{ x: 1 }], "a › due": [{ at: "1" }], "a › _cf_METADATA": [{ key: 1 }] });

  it("may become less, and the runtime has its own rows", () => {
    expect(leftBehind(before, stored({ "a › token": [], "a › _cf_METADATA": [{ key: 2 }] }))).toEqual([]);
  });

  it("may change by an appointment that has come", () => {
    expect(leftBehind(before, stored({ "a › token": [{ x: 2 }], "a › due": [] }))).toEqual([]);
  });

  it.each([
    ["another object", stored({}, ["a", "b"]), "b"],
    ["another row", stored({ "a › token": [{ x: 1 }, { x: 2 }] }), "a › token: 1 rows more"],
    ["the same row again", stored({ "a › token": [{ x: 1 }, { x: 1 }] }), "a › token: 1 rows more"],
    ["a first row", stored({ "a › event": [{}] }), "a › event: 1 rows more"],
    ["a row of the runtime", stored({ "a › _cf_METADATA": [{ key: 1 }, {}] }), "a › _cf_METADATA: 1 rows more"],
    ["a changed row", stored({ "a › token": [{ x: 2 }], "a › due": [{ at: "1" }] }), 'a › token: another row: {"x":2}'],
  ])("is at fault with %s", (_, after, fault) => {
    expect(leftBehind(before, after)).toEqual([fault]);
  });

  it("is at fault if it changes before the appointment", () => {
    const later = stored({ "a › token": [{ x: 1 }], "a › due": [{ at: "9999999999" }] });
    expect(leftBehind(later, stored({ "a › token": [{ x: 2 }], "a › due": [] }))).toHaveLength(1);
  });
});
