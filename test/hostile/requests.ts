/** Generated requests: mostly what a route expects with one or two things wrong, sometimes bytes that are no HTTP. */
import * as fc from "fast-check";
import { type Members, membersOf, type Sender } from "./bodies.ts";
import { type Header, headersOf } from "./headers.ts";
import { halfValidStart } from "./half-valid.ts";
import { encoded, targetOf } from "./paths.ts";
import { STATUSES } from "./routes.ts";
import { jsonText, nastyText, spoilt } from "./values.ts";

export interface HostileRequest {
  /** `METHOD pattern` of the route that it is made for. */
  readonly aim: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly Header[];
  /** Text as UTF-8; bytes as they are; `null`: none. */
  readonly body: string | Uint8Array | null;
  readonly framing: "length" | "chunked" | "too long" | "too short" | "both" | "none";
}

interface Content {
  readonly type: string | null;
  readonly body: HostileRequest["body"];
}

const BOUNDARY = "hostile-boundary";

function contentOf(members: fc.Arbitrary<Members>): fc.Arbitrary<Content> {
  const json = spoilt(members).map(jsonText);
  const jsonType = fc.constantFrom(
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/x-www-form-urlencoded",
    "text/plain",
  );
  const form = spoilt(members).map((all) =>
    all.map(([name, value]) => `${encoded(name)}=${encoded(plain(value))}`).join("&"),
  );
  const part = ([name, value]: readonly [string, unknown]) =>
    `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${plain(value)}\r\n`;
  const multipart = spoilt(members).map((all) => `${all.map(part).join("")}--${BOUNDARY}--\r\n`);
  const typed = (type: string | null) => (body: Content["body"]) => ({ type, body });
  return fc.oneof(
    { weight: 12, arbitrary: json.map(typed("application/json")) },
    { weight: 2, arbitrary: fc.tuple(json, jsonType).map(([body, type]) => ({ type, body })) },
    { weight: 4, arbitrary: form.map(typed("application/x-www-form-urlencoded")) },
    { weight: 1, arbitrary: multipart.map(typed(`multipart/form-data; boundary=${BOUNDARY}`)) },
    {
      weight: 1,
      arbitrary: fc
        .tuple(json, fc.nat(200))
        .map(([body, cut]) => ({ type: "application/json", body: body.slice(0, -1 - cut) })),
    },
    { weight: 2, arbitrary: nastyText.map(typed("application/json")) },
    { weight: 2, arbitrary: fc.uint8Array({ maxLength: 200 }).map(typed("application/json")) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 200 }).map(typed("application/x-www-form-urlencoded")) },
    { weight: 1, arbitrary: fc.constantFrom("", "null", "[]", "{}", '"x"', "\uFEFF{}").map(typed("application/json")) },
    { weight: 1, arbitrary: large.map(typed("application/json")) },
    { weight: 1, arbitrary: fc.constant({ type: null, body: null }) },
  );
}

function jsonOf(members: fc.Arbitrary<Members>): fc.Arbitrary<Content> {
  return members.map((all) => ({ type: "application/json", body: jsonText(all) }));
}

function plain(value: unknown): string {
  return typeof value === "string" ? value : (JSON.stringify(value) ?? "");
}

/** Bodies near and over the limit, and deep ones. */
const large: fc.Arbitrary<string> = fc.oneof(
  fc
    .constantFrom(65_000, 65_536, 65_537, 70_000, 300_000)
    .map((length) => `{"grant_type":"mytoken","a":"${"x".repeat(length)}"}`),
  fc.constantFrom(31, 32, 33, 500, 30_000).map((depth) => `{"restrictions":${"[".repeat(depth)}${"]".repeat(depth)}}`),
  fc.constantFrom(100, 3000).map((count) => `{${Array.from({ length: count }, (_, i) => `"k${i}":${i}`).join(",")}}`),
  fc.constantFrom(100, 2000).map((count) => `{"grant_type":"mytoken","restrictions":[${"{},".repeat(count)}{}]}`),
  fc.constantFrom(10, 3000).map((count) => Array.from({ length: count }, (_, i) => `resource=${i}`).join("&")),
);

const METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "get", "MYTOKEN"];

/** A request aimed at one route. `issuers`: what is configured. */
function requestTo(aim: string, sender: Sender, issuers: readonly string[]): fc.Arbitrary<HostileRequest> {
  const [method = "GET", pattern = "/"] = aim.split(" ");
  const expected = method === "GET" ? { type: null, body: null } : null;
  const asSpoilt = contentOf(membersOf(aim, sender, issuers));
  const isStart = sender === "stranger" && aim === "POST /api/v0/token/my";
  const content = isStart
    ? fc.oneof({ weight: 4, arbitrary: asSpoilt }, { weight: 1, arbitrary: jsonOf(halfValidStart(issuers)) })
    : asSpoilt;
  return fc
    .record({
      method: fc.oneof(
        { weight: 14, arbitrary: fc.constant(method) },
        { weight: 1, arbitrary: fc.constantFrom(...METHODS) },
      ),
      target: targetOf(pattern, sender),
      headers: headersOf(sender),
      content: expected
        ? fc.oneof({ weight: 8, arbitrary: fc.constant(expected) }, { weight: 1, arbitrary: content })
        : content,
      framing: fc.oneof(
        { weight: 60, arbitrary: fc.constant<HostileRequest["framing"]>("length") },
        { weight: 6, arbitrary: fc.constant<HostileRequest["framing"]>("chunked") },
        { weight: 1, arbitrary: fc.constantFrom<HostileRequest["framing"]>("too long", "too short", "both", "none") },
      ),
    })
    .map(({ method: used, target, headers, content: { type, body }, framing }) => ({
      aim,
      method: used,
      target,
      headers: type === null ? headers : ([["Content-Type", type], ...headers] as const),
      body,
      framing: body === null ? "length" : framing,
    }));
}

/** Requests over all routes; those with more to get wrong are oftener. */
export function requests(sender: Sender, issuers: readonly string[]): fc.Arbitrary<HostileRequest> {
  const weights = Object.keys(STATUSES).map((aim) => ({
    weight: /token\/|tokeninfo|POST \/c|redirect/.test(aim) ? 5 : aim.startsWith("GET") ? 1 : 2,
    arbitrary: requestTo(aim, sender, issuers),
  }));
  return fc.oneof(...weights);
}
