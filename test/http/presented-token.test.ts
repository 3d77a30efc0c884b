import { describe, expect, it } from "vitest";
import type { Fields } from "../../src/http/body.ts";
import { presentedForAccess, presentedForRevocation, presentedToken } from "../../src/http/presented-token.ts";
import { seen } from "./probe.ts";
import { ISSUER } from "./worker.ts";

const A = "a".repeat(40);
const B = "b".repeat(40);
const C = "c".repeat(40);
const BEARER = { Authorization: `Bearer ${B}` };
const COOKIE = { Cookie: `mytoken=${C}` };
const NONE = { ok: false, refusal: { reason: "no_token" } };
const MALFORMED = { ok: false, refusal: { reason: "malformed_token" } };
const INVALID = { ok: false, refusal: { reason: "invalid_token", description: "token not valid" } };

function fields(entries: Record<string, unknown>): Fields {
  return new Map(Object.entries(entries));
}

function plain(
  entries: Record<string, unknown>,
  headers: Record<string, string>,
  reading: "typed" | "lenient" = "typed",
) {
  return seen((context) => presentedToken(context, fields(entries), reading), { headers });
}

function access(entries: Record<string, unknown>, headers: Record<string, string>, encoding: "json" | "form" = "json") {
  return seen((context) => presentedForAccess(context, fields(entries), encoding), { headers });
}

function found(text: string, from: string) {
  return { ok: true, value: { text, from } };
}

describe("precedence", () => {
  it("is field, Bearer, cookie", async () => {
    const all = { ...BEARER, ...COOKIE };
    expect(await plain({ mytoken: A }, all)).toEqual(found(A, "parameter"));
    expect(await plain({}, all)).toEqual(found(B, "bearer"));
    expect(await plain({}, COOKIE)).toEqual(found(C, "cookie"));
    expect(await plain({}, {})).toEqual(NONE);
  });

  it("lets a Bearer that is no token decide, before the cookie", async () => {
    expect(await plain({}, { ...COOKIE, Authorization: "Bearer short" })).toEqual(INVALID);
  });
});

describe("a field that is no token", () => {
  it.each([
    ["", MALFORMED],
    ["short", MALFORMED],
    [5, MALFORMED],
    [`${A}!`, INVALID],
    [`${A} ${A}`, INVALID],
  ])("typed %j", async (mytoken, expected) => {
    expect(await plain({ mytoken }, BEARER)).toEqual(expected);
  });

  it("lenient: nothing is none, and the rest 401 or a bad request", async () => {
    expect(await plain({ mytoken: "" }, BEARER, "lenient")).toEqual(found(B, "bearer"));
    expect(await plain({ mytoken: "short" }, BEARER, "lenient")).toEqual(INVALID);
    expect(await plain({ mytoken: 5 }, BEARER, "lenient")).toMatchObject({ refusal: { reason: "bad_request" } });
  });

  it("is trimmed first", async () => {
    expect(await plain({ mytoken: ` ${A}\n` }, {})).toEqual(found(A, "parameter"));
  });
});

describe("Authorization", () => {
  it("matches the scheme in any letter case, with one space", async () => {
    expect(await plain({}, { Authorization: `bEARER ${B}` })).toEqual(found(B, "bearer"));
    expect(await plain({}, { Authorization: `Bearer  ${B}` })).toEqual(INVALID);
  });

  it("is ignored with another scheme: oidc-agent sends Basic", async () => {
    expect(await plain({}, { Authorization: `Basic ${B}` })).toEqual(NONE);
    expect(await plain({}, { ...COOKIE, Authorization: `Basic ${B}` })).toEqual(found(C, "cookie"));
  });
});

describe("the cookie", () => {
  it.each([
    [{ Origin: ISSUER }, true],
    [{ Origin: ISSUER, "Sec-Fetch-Site": "same-origin" }, true],
    [{ "Sec-Fetch-Site": "same-origin" }, true],
    [{ Origin: "https://evil.example" }, false],
    [{ Origin: "null" }, false],
    [{ Origin: "https://evil.example", "Sec-Fetch-Site": "same-origin" }, false],
    [{ "Sec-Fetch-Site": "same-site" }, false],
    [{ "Sec-Fetch-Site": "cross-site" }, false],
    [{ "Sec-Fetch-Site": "none" }, false],
  ])("of a POST with %j counts: %j", async (headers, counts) => {
    expect(await plain({}, { ...COOKIE, ...headers })).toEqual(counts ? found(C, "cookie") : NONE);
  });

  it("of a GET that the user typed counts", async () => {
    const look = { method: "GET", headers: { ...COOKIE, "Sec-Fetch-Site": "none" } };
    expect(await seen((context) => presentedToken(context, new Map(), "typed"), look)).toEqual(found(C, "cookie"));
  });

  it("may be empty, which is none", async () => {
    expect(await plain({}, { Cookie: "mytoken=" })).toEqual(NONE);
  });
});

describe("/token/access", () => {
  const candidates = (...list: readonly (readonly [string, string])[]) => ({
    ok: true,
    value: list.map(([text, from]) => ({ text, from })),
  });

  it("looks at mytoken, then refresh_token, and after a form at Bearer", async () => {
    const both = { mytoken: A, refresh_token: C };
    expect(await access(both, BEARER)).toEqual(candidates([A, "parameter"], [C, "refresh_token"]));
    expect(await access({ mytoken: A }, BEARER, "form")).toEqual(candidates([A, "parameter"], [B, "bearer"]));
    expect(await access({ refresh_token: A }, { ...BEARER, ...COOKIE })).toEqual(candidates([A, "refresh_token"]));
    expect(await access({}, { ...BEARER, ...COOKIE })).toEqual(candidates([B, "bearer"]));
    expect(await access({}, COOKIE)).toEqual(candidates([C, "cookie"]));
    expect(await access({}, {})).toEqual(NONE);
  });

  it("refuses short and empty fields, whatever stands elsewhere", async () => {
    expect(await access({ mytoken: "" }, BEARER)).toEqual(MALFORMED);
    expect(await access({ mytoken: A, refresh_token: "" }, {})).toEqual(MALFORMED);
    expect(await access({ mytoken: "short" }, BEARER, "form")).toEqual(MALFORMED);
  });

  it("takes a text with other characters for an unknown short token", async () => {
    expect(await access({ mytoken: `${A}!` }, BEARER)).toEqual(INVALID);
    expect(await access({ mytoken: `${A}!`, refresh_token: A }, {})).toEqual(candidates([A, "refresh_token"]));
    expect(await access({ mytoken: `${A}!` }, BEARER, "form")).toEqual(candidates([B, "bearer"]));
    expect(await access({ mytoken: `${A}!` }, COOKIE, "form")).toEqual(INVALID);
  });
});

describe("/token/revoke", () => {
  const revocation = (entries: Record<string, unknown>, headers: Record<string, string>) =>
    seen((context) => presentedForRevocation(context, fields(entries)), { headers });

  it("takes any text, else the cookie, and never Authorization", async () => {
    expect(await revocation({ token: " AbCdEfGh " }, COOKIE)).toEqual(found("AbCdEfGh", "parameter"));
    expect(await revocation({ token: "" }, COOKIE)).toEqual(found(C, "cookie"));
    expect(await revocation({}, BEARER)).toEqual({ ok: false, refusal: { reason: "no_token_to_revoke" } });
    expect(await revocation({ token: 5 }, COOKIE)).toMatchObject({ refusal: { reason: "bad_request" } });
  });
});
