/** Headers: those that mean something to the Worker, with odd values, and some that should mean nothing. */
import * as fc from "fast-check";
import { type Sender, secretFor } from "./bodies.ts";
import { goodSecret, TOKEN_KINDS } from "./secrets.ts";
import { GROUP_PASSWORD } from "./server.ts";
import { MARKUP, nastyText, SPLIT } from "./values.ts";

export type Header = readonly [string, string];

const oneLine = nastyText.map((text) => text.slice(0, 200).replaceAll(/[\r\n\0]/g, " "));

/** Addresses that nobody else has, mostly: what is behind the limits is the subject, not the limits. */
const address: fc.Arbitrary<Header> = fc.oneof(
  { weight: 20, arbitrary: fc.ipV6().map((text): Header => ["CF-Connecting-IP", text]) },
  { weight: 1, arbitrary: fc.constant<Header>(["CF-Connecting-IP", "198.51.100.7"]) },
  { weight: 1, arbitrary: fc.tuple(fc.constant("CF-Connecting-IP"), oneLine) },
  { weight: 1, arbitrary: fc.constant<Header>(["X-Forwarded-For", "127.0.0.1"]) },
);

function authorization(sender: Sender): fc.Arbitrary<Header> {
  const token = secretFor(sender, TOKEN_KINDS);
  const bearer = fc.tuple(fc.constantFrom("Bearer ", "bearer ", "BEARER  ", "Bearer", "Token ", "Basic "), token);
  const groups = sender === "holder" ? ["_", "grp", "__proto__"] : ["__proto__", "constructor", "no-such-group"];
  const password = fc.constantFrom(
    ...(sender === "holder" ? [GROUP_PASSWORD, GROUP_PASSWORD, "wrong"] : ["wrong", "", "[object Object]"]),
  );
  const basic = fc.tuple(fc.constantFrom(...groups), password).map(([group, secret]) => {
    return ["Basic ", Buffer.from(`${group}:${secret}`).toString("base64")] as const;
  });
  return fc
    .oneof({ weight: 3, arbitrary: bearer }, { weight: 2, arbitrary: basic })
    .map((parts) => ["Authorization", parts.join("")]);
}

function cookie(sender: Sender): fc.Arbitrary<Header> {
  const token = secretFor(sender, TOKEN_KINDS);
  const names = fc.constantFrom(
    "mytoken",
    "mytoken",
    "mytoken-transfercode",
    "mytoken-login-AAAAAAAA",
    "__proto__",
    "",
  );
  const pair = fc.tuple(names, fc.oneof(token, oneLine)).map((parts) => parts.join("="));
  const login = secretFor(sender, ["loginCookie"]);
  const pairs = fc.array(fc.oneof({ weight: 3, arbitrary: pair }, { weight: 1, arbitrary: login }), {
    minLength: 1,
    maxLength: 3,
  });
  return pairs.map((all) => ["Cookie", all.join("; ")]);
}

function fixed(name: string, ...values: readonly string[]): fc.Arbitrary<Header> {
  return fc
    .oneof({ weight: 4, arbitrary: fc.constantFrom(...values) }, { weight: 1, arbitrary: oneLine })
    .map((value) => [name, value]);
}

const odd: fc.Arbitrary<Header> = fc.oneof(
  fixed("Accept", "text/html", "application/json", "*/*", "text/html;q=0", "text/*;q=0.1, image/png", ",,,;;"),
  fixed("Origin", "null", "https://evil.example", "http://127.0.0.1", ""),
  fixed("Sec-Fetch-Site", "cross-site", "same-origin", "none"),
  fixed("X-Request-ID", "abc", "a".repeat(65), MARKUP, "../../x"),
  goodSecret(["short"]).map((text): Header => ["X-Request-ID", text]),
  fixed("User-Agent", "x".repeat(5000), MARKUP, "é"),
  fixed("Content-Encoding", "gzip", "identity", "br", "IDENTITY", "identity, identity"),
  fixed("X-HTTP-Method-Override", "DELETE"),
  fixed("X-Forwarded-Host", "evil.example"),
  fixed("X-Forwarded-Proto", "https"),
  // What is no host at all is answered by the runtime, and by Cloudflare long before.
  fc
    .constantFrom("evil.example", "EVIL.example:8080", "[::1]:80", "169.254.169.254")
    .map((host): Header => ["Host", host]),
  fixed("Range", "bytes=0-1", "bytes=-1"),
  fixed("If-None-Match", "*", '"x"'),
  fixed("Expect", "100-continue", "200-ok"),
  fixed("Upgrade", "websocket", "h2c"),
  fixed("Access-Control-Request-Method", "POST", "FOO"),
  fixed("Access-Control-Request-Headers", "authorization", MARKUP),
  fixed("CF-IPCountry", "XX"),
  // How Miniflare is told `request.cf`: once deployed nobody outside can.
  fc
    .constantFrom("{}", '{"country":"DE","clientIp":"127.0.0.1"}', '{"country":["DE"]}')
    .map((cf): Header => ["MF-CF-Blob", cf]),
  fixed("CF-Worker", "evil.example"),
  fixed("Accept-Language", MARKUP, "x".repeat(2000)),
  fixed(
    "Content-Type",
    "application/json",
    "text/plain",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "application/json; charset=utf-16",
    "json",
    ";;",
  ),
  fc.constant<Header>(["X-Injected", SPLIT]),
  fc.nat(300).map((length): Header => ["X-Long", "y".repeat(length * 100)]),
  fc.tuple(fc.constantFrom("__proto__", "constructor", "x y", "x:", ""), oneLine),
);

/** The headers of one request, its body's own aside. */
export function headersOf(sender: Sender): fc.Arbitrary<readonly Header[]> {
  return fc
    .tuple(
      address,
      fc.option(authorization(sender), { freq: 2 }),
      fc.option(cookie(sender), { freq: 5 }),
      fc.oneof(fc.constant([]), fc.array(odd, { maxLength: 2 })),
    )
    .map(([from, bearer, jar, others]) => onceOnly([from, bearer, jar, ...others].filter((header) => header !== null)));
}

/** Two of these the runtime takes for one that is broken. */
function onceOnly(headers: readonly Header[]): readonly Header[] {
  const isFirst = (name: string, index: number) => headers.findIndex(([other]) => other === name) === index;
  return headers.filter(([name], index) => !["Host", "MF-CF-Blob"].includes(name) || isFirst(name, index));
}
