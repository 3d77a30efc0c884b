/** Request targets: the path of a route with its parameters, tricks on it, and a query. */
import * as fc from "fast-check";
import { type Sender, secretFor } from "./bodies.ts";
import { goodSecret, spoiltSecret } from "./secrets.ts";
import { MARKUP, nastyText, SPLIT } from "./values.ts";

/** Percent-encoded, marks of secrets excepted. */
export function encoded(text: string): string {
  const escaped = encodeURIComponent(text.toWellFormed());
  return escaped.replaceAll(/%E2%9F%A6(\w+!\w+!\d+)%E2%9F%A7/g, "⟦$1⟧");
}

function parameter(name: string, sender: Sender): fc.Arbitrary<string> {
  const nasty = nastyText.map(encoded).filter((text) => text !== "");
  switch (name) {
    case ":consent_code":
      return fc.oneof({ weight: 5, arbitrary: secretFor(sender, ["consent"]).map(encoded) }, nasty);
    case ":kind":
      return fc.oneof(fc.constantFrom("profiles", "restrictions", "capabilities", "rotation", "Rotation"), nasty);
    case ":group":
      return fc.oneof(fc.constantFrom("grp", "_", "GRP", "no-such-group", "__proto__"), nasty);
    case ":id":
      return fc.oneof(fc.uuid(), nasty);
    case ":name":
      return fc.oneof(
        fc.constantFrom("style.css", "consent.css", "consent.js", "icon.svg", "..%2fapp.ts", "toString"),
        nasty,
      );
    default:
      return fc.oneof(fc.constantFrom("a", "a%2Fb", "a/b", "%E2%82%AC", "%ff", "%"), nasty);
  }
}

function pathOf(pattern: string, sender: Sender): fc.Arbitrary<string> {
  const segments = pattern
    .split("/")
    .map((part) => (part.startsWith(":") ? parameter(part.replace("{.+}", ""), sender) : fc.constant(part)));
  return fc.tuple(...segments).map((parts) => parts.join("/") || "/");
}

/** All of them begin with a slash or a scheme: what does not, the runtime answers. */
const TRICKS: readonly ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => `${path}//`,
  (path) => `/${path}`,
  (path) => path.replaceAll(/⟦[^⟧]+⟧|./gu, (part) => (part.startsWith("⟦") ? part : part.toUpperCase())),
  (path) => path.replace("/", "/./"),
  (path) => path.replace("/", "/x/../"),
  (path) => path.replace("/", "/%2e%2e/"),
  (path) => path.replaceAll("/", "\\"),
  (path) => `${path}%00`,
  (path) => `${path};a=b`,
  (path) => `${path}#fragment`,
  (path) => path.replace("a", "%61"),
  (path) => path.replaceAll("/", "%2f"),
  (path) => `${path}%c0%af..`,
  (path) => `http://evil.example${path}`,
  (path) => `//evil.example${path}`,
  (path) => path.slice(0, -1),
  (path) => `${path}${"/a".repeat(500)}`,
  (path) => `${path}/${"é".repeat(20)}`,
  (path) => `${path} HTTP/1.1\r\nX-Hostile: 1\r\n`,
];

function query(sender: Sender): fc.Arbitrary<string> {
  const value = fc
    .oneof(nastyText, fc.constantFrom(MARKUP, SPLIT), secretFor(sender, ["jwt", "short", "polling"]))
    .map(encoded);
  const pair = fc.oneof(
    fc.tuple(fc.constantFrom("application", "id", "code", "error", "iss", "__proto__"), value),
    // For /redirect; the flow of a good state needs its cookie too.
    fc.tuple(
      fc.constant("state"),
      fc.oneof(spoiltSecret(["state"]), sender === "holder" ? goodSecret(["state"]) : value).map(encoded),
    ),
    fc.tuple(
      fc.constant("grant_type"),
      fc.oneof(fc.constantFrom("mytoken", "polling_code", "transfer_code", ""), value),
    ),
  );
  return fc
    .array(pair, { minLength: 1, maxLength: 4 })
    .map((pairs) => `?${pairs.map((one) => one.join("=")).join("&")}`);
}

const oddQuery = fc.constantFrom(
  "?",
  "??",
  "?&&=&",
  "?%",
  "?a[]=1&a[__proto__]=2",
  `?${"x".repeat(4000)}`,
  "?state=a&state=b",
);

/** What stands behind the method. */
export function targetOf(pattern: string, sender: Sender): fc.Arbitrary<string> {
  const path = fc.oneof(
    { weight: 9, arbitrary: pathOf(pattern, sender) },
    {
      weight: 1,
      arbitrary: fc.tuple(pathOf(pattern, sender), fc.constantFrom(...TRICKS)).map(([plain, trick]) => trick(plain)),
    },
  );
  const asked = ["/redirect", "/native", "/native/abort"].includes(pattern) ? 6 : 1;
  const tail = fc.oneof(
    { weight: 24, arbitrary: fc.constant("") },
    { weight: 4 * asked, arbitrary: query(sender) },
    { weight: 1, arbitrary: oddQuery },
  );
  return fc.tuple(path, tail).map((parts) => parts.join(""));
}
