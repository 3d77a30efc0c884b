import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { type Fields, parseFields, readJson, readNegotiated, readOptionalJson } from "../../src/http/body.ts";

const DIALECT = {
  aliases: { momid: "mom_id", issuer: "oidc_issuer" },
  booleans: ["recursive"],
  lists: ["resource"],
};
const FORM = "application/x-www-form-urlencoded";

function post(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  return new Request("https://m.example/", { method: "POST", body, headers });
}

function object(fields: Fields): object {
  return Object.fromEntries(fields);
}

async function json(body: BodyInit | null): Promise<unknown> {
  const result = await readJson(post(body));
  return result.ok ? object(result.value) : result.refusal;
}

async function negotiated(body: BodyInit, contentType?: string): Promise<unknown> {
  const request = post(body, contentType === undefined ? {} : { "Content-Type": contentType });
  if (contentType === undefined) request.headers.delete("Content-Type");
  const result = await readNegotiated(request, DIALECT);
  return result.ok ? { ...result.value, fields: object(result.value.fields) } : result.refusal;
}

describe("JSON", () => {
  it.each([
    ["", "unexpected end of JSON input"],
    ["  \n", "unexpected end of JSON input"],
    ["grant_type=mytoken", "the body is not JSON"],
    ['{"a":1} x', "the body is not JSON"],
    ["[]", "the body is not a JSON object"],
    ['"x"', "the body is not a JSON object"],
    ["5", "the body is not a JSON object"],
    ["\uFEFF{}", "the body is not JSON"],
  ])("%j is refused", async (body, description) => {
    expect(await json(body)).toEqual({ reason: "bad_request", description });
  });

  it("takes null for an empty object, and null members for absent ones", async () => {
    expect(await json("null\n")).toEqual({});
    expect(await json('{"name":null,"scope":""}')).toEqual({ scope: "" });
  });

  it("matches names in any letter case; the last one wins, null included", async () => {
    expect(await json('{"Grant_TYPE":"a","grant_type":"b"}')).toEqual({ grant_type: "b" });
    expect(await json('{"a":1,"A":null}')).toEqual({});
  });

  it("leaves names of objects below alone", async () => {
    expect(await json('{"restrictions":[{"Usages_AT":1}]}')).toEqual({ restrictions: [{ Usages_AT: 1 }] });
  });

  it("treats __proto__ and constructor as names that nobody asks for", async () => {
    const result = await readJson(post('{"__proto__":{"polluted":true},"constructor":1,"toString":2}'));
    if (!result.ok) throw new Error(result.refusal.reason);
    expect([...result.value.keys()]).toEqual(["__proto__", "constructor", "tostring"]);
    const parsed = parseFields(result.value, v.object({ polluted: v.optional(v.boolean()) }));
    expect(parsed).toEqual({ ok: true, value: {} });
    expect("polluted" in {}).toBe(false);
  });

  it("is at most 32 deep, brackets in texts aside", async () => {
    const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    expect(await json(nested(32))).toHaveProperty("a");
    const tooDeep = { reason: "bad_request", description: "the body is nested more than 32 deep" };
    expect(await json(nested(33))).toEqual(tooDeep);
    expect(await json("[".repeat(60_000))).toEqual(tooDeep);
    expect(await json(JSON.stringify({ a: `${"[".repeat(100)}\\"${"{".repeat(100)}` }))).toHaveProperty("a");
  });

  it("makes texts that UTF-8 can hold", async () => {
    expect(await json(String.raw`{"name":"a\ud800b","ok":"\ud83d\ude00"}`)).toEqual({ name: "a\uFFFDb", ok: "😀" });
    const bytes = new Uint8Array([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    expect(await json(bytes)).toEqual({ reason: "bad_request", description: "the body is not UTF-8" });
  });

  it("may be missing where it is optional", async () => {
    for (const body of [null, "", "null\n"])
      expect(await readOptionalJson(post(body))).toEqual({ ok: true, value: null });
    expect(await readOptionalJson(post("{}"))).toEqual({ ok: true, value: new Map() });
    expect((await readOptionalJson(post("{"))).ok).toBe(false);
  });
});

describe("size and encoding", () => {
  const tooLarge = { reason: "body_too_large", limitBytes: 65_536 };

  it("allows exactly 64 KiB", async () => {
    const padding = (length: number) => JSON.stringify({ a: "x".repeat(length - 8) });
    expect(await json(padding(65_536))).toHaveProperty("a");
    expect(await json(padding(65_537))).toEqual(tooLarge);
  });

  it("counts streamed bytes, and stops reading", async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull(controller) {
        pulled++;
        controller.enqueue(new Uint8Array(16_384));
      },
    });
    expect(await json(endless)).toEqual(tooLarge);
    expect(pulled).toBeLessThan(10);
  });

  it("believes a declared length that is too long", async () => {
    const result = await readJson(post("{}", { "Content-Length": "70000" }));
    expect(result).toEqual({ ok: false, refusal: tooLarge });
  });

  it("takes a body that is cut off for a bad request, not for a bug", async () => {
    const broken = new ReadableStream({
      pull(controller) {
        controller.enqueue(new TextEncoder().encode('{"a":'));
        controller.error(new Error("Network connection lost."));
      },
    });
    expect(await json(broken)).toEqual({ reason: "bad_request", description: "the body was cut off" });
  });

  it("refuses compressed bodies", async () => {
    for (const encoding of ["gzip", "br", "deflate", "identity, gzip"]) {
      const result = await readJson(post("{}", { "Content-Encoding": encoding }));
      expect(result).toEqual({ ok: false, refusal: { reason: "unsupported_content_encoding", encoding } });
    }
    expect((await readJson(post("{}", { "Content-Encoding": "identity" }))).ok).toBe(true);
  });
});

describe("negotiated", () => {
  it.each([undefined, "text/plain", "application/xml", "text/xml"])("%s is not understood", async (type) => {
    const bytes = new TextEncoder().encode("{}");
    expect(await negotiated(bytes, type)).toEqual({ reason: "bad_request", description: "Unprocessable Entity" });
  });

  it("takes every kind of JSON", async () => {
    for (const type of ["application/json", "APPLICATION/JSON; charset=utf-8", "application/vnd.mytoken+json"]) {
      expect(await negotiated('{"Token":"t"}', type)).toEqual({ encoding: "json", fields: { token: "t" } });
    }
  });

  it("maps names of forms, in both spellings and any letter case", async () => {
    const body = "Token=a%20b&momid=m&OIDC_ISSUER=i&token_type_hint=refresh_token";
    expect(await negotiated(body, `${FORM}; charset=UTF-8`)).toEqual({
      encoding: "form",
      fields: { token: "a b", mom_id: "m", oidc_issuer: "i", token_type_hint: "refresh_token" },
    });
    expect(await negotiated("mom_id=m&issuer=i", FORM)).toMatchObject({ fields: { mom_id: "m", oidc_issuer: "i" } });
  });

  it("collects what may be repeated; else the last counts", async () => {
    const body = "resource=a&resource=b&scope=x&scope=y&__proto__=z";
    const result = await negotiated(body, FORM);
    expect(result).toMatchObject({ fields: { resource: ["a", "b"], scope: "y" } });
  });

  it("reads booleans of forms", async () => {
    for (const text of ["on", "1", "t", "T", "true", "True", "TRUE"]) {
      expect(await negotiated(`recursive=${text}`, FORM), text).toMatchObject({ fields: { recursive: true } });
    }
    for (const text of ["0", "f", "F", "false", "False", "FALSE", ""]) {
      expect(await negotiated(`recursive=${text}`, FORM), text).toMatchObject({ fields: { recursive: false } });
    }
    expect(await negotiated("recursive=yes", FORM)).toEqual({
      reason: "bad_request",
      description: 'failed to decode: schema: error converting value for "recursive"',
    });
  });

  it("reads multipart forms, without their files", async () => {
    const form = new FormData();
    form.set("token", "t");
    form.set("mom_id", new File(["x"], "x.txt"));
    const result = await readNegotiated(post(form), DIALECT);
    expect(result.ok && object(result.value.fields)).toEqual({ token: "t" });
    expect(await negotiated("broken", "multipart/form-data; boundary=x")).toMatchObject({ reason: "bad_request" });
    expect(await negotiated("broken", "multipart/form-data")).toMatchObject({ reason: "bad_request" });
  });

  it("is limited as well", async () => {
    expect(await negotiated("a".repeat(65_537), FORM)).toMatchObject({ reason: "body_too_large" });
  });
});

describe("fields against a schema", () => {
  const schema = v.object({
    grant_type: v.string(),
    max_token_len: v.optional(v.number()),
    usages_AT: v.optional(v.number()),
  });

  it("takes what the schema declares", () => {
    const fields = new Map<string, unknown>([
      ["grant_type", "mytoken"],
      ["usages_at", 1],
      ["other", 2],
    ]);
    expect(parseFields(fields, schema)).toEqual({ ok: true, value: { grant_type: "mytoken", usages_AT: 1 } });
  });

  it("names the member at fault, and not its value", () => {
    const fields = new Map<string, unknown>([
      ["grant_type", "mytoken"],
      ["max_token_len", "secret"],
    ]);
    expect(parseFields(fields, schema)).toMatchObject({ refusal: { description: "max_token_len: expected number" } });
    expect(parseFields(new Map(), schema)).toMatchObject({ refusal: { description: "grant_type: missing" } });
  });
});
