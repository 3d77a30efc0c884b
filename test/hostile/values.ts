/** Texts and JSON values that programs stumble over. */
import * as fc from "fast-check";
import { spoiltSecret } from "./secrets.ts";

/** Must come back escaped, or not at all. */
export const MARKUP = `<hostile-tag onload="x()">'"{{7*7}}\${7*7}`;
/** Must never become a header of an answer. */
export const SPLIT = "x\r\nX-Hostile: 1\r\nSet-Cookie: hostile=1\r\n\r\n";

const PROTOTYPE_KEYS = ["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "valueOf", "then"];

export const nastyText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    "",
    " ",
    "\u0000",
    "null",
    "undefined",
    "NaN",
    "-1",
    "0",
    "1e999",
    "../../../../etc/passwd",
    "%00",
    "%2e%2e%2f",
    "';DROP TABLE tokens;--",
    '" OR ""="',
    "\u202Egnp.exe",
    "\uFEFF",
    "\uD800",
    "ｍｙｔｏｋｅｎ",
    "ﬀﬁ",
    "İıſK",
    "🏳️‍🌈".repeat(20),
    "a\u0301".repeat(50),
    MARKUP,
    SPLIT,
    "javascript:alert(1)",
    "data:text/html,x",
    "//evil.example/x",
    "\\\\evil.example",
    "http://169.254.169.254/latest",
    ...PROTOTYPE_KEYS,
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc
    .tuple(fc.constantFrom("a", "é", "😀", "[", '"', "\\"), fc.integer({ min: 100, max: 5000 }))
    .map(([c, n]) => c.repeat(n)),
);

/** Any JSON value, oftener an odd one. */
export const nastyValue: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 3, arbitrary: nastyText },
  {
    weight: 2,
    arbitrary: fc.constantFrom(null, true, false, 0, -0, -1, 0.5, 1e308, 2 ** 53, -(2 ** 31), [], {}, [[]]),
  },
  { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 4 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...PROTOTYPE_KEYS), fc.jsonValue({ maxDepth: 2 }))
      .map(([key, value]) => ownKey(key, value)),
  },
  { weight: 1, arbitrary: fc.integer({ min: 2, max: 40 }).map(nested) },
  // A token where none belongs: nearly the good one, so that it shows if it is repeated.
  { weight: 1, arbitrary: spoiltSecret(["jwt", "short"], ["swapCase", "longer", "twice"]) },
);

/** An object with exactly this own key, `__proto__` included. */
function ownKey(key: string, value: unknown): unknown {
  return JSON.parse(`{${JSON.stringify(key)}:${JSON.stringify(value)}}`) as unknown;
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

type Members = readonly (readonly [string, unknown])[];

/** Members as they were meant, with some of them spoilt, doubled, renamed or joined by others. */
export function spoilt(members: fc.Arbitrary<Members>): fc.Arbitrary<Members> {
  const spoiling = fc.array(
    fc.record({
      at: fc.nat(30),
      how: fc.constantFrom("value", "case", "drop", "double", "add", "proto"),
      value: nastyValue,
      name: fc.oneof(nastyText, fc.constantFrom(...PROTOTYPE_KEYS)),
    }),
    { maxLength: 2 },
  );
  return fc
    .tuple(members, fc.oneof(fc.constant([]), spoiling))
    .map(([given, changes]) => changes.reduce<Members>(changed, given));
}

interface Change {
  readonly at: number;
  readonly how: string;
  readonly value: unknown;
  readonly name: string;
}

function changed(members: Members, { at, how, value, name }: Change): Members {
  const index = members.length === 0 ? 0 : at % members.length;
  const [key, old] = members[index] ?? ["grant_type", "mytoken"];
  const swapped = (member: readonly [string, unknown]) => members.map((one, i) => (i === index ? member : one));
  switch (how) {
    case "value":
      return swapped([key, value]);
    case "case":
      return swapped([key.toUpperCase(), old]);
    case "drop":
      return members.filter((_, i) => i !== index);
    case "double":
      return [...members, [key, value]];
    case "proto":
      return [...members, ["__proto__", { [key]: value, mytoken: "x", polluted: true }]];
    default:
      return [...members, [name, value]];
  }
}

/** JSON text of members; doubles stay doubled. */
export function jsonText(members: Members): string {
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value) ?? "null"}`).join(",")}}`;
}
