/** Whether an answer is the recorded one: status, headers, body. */
import type { Bindings } from "./bindings.ts";
import { compareJson, difference } from "./compare.ts";
import { parseCookie } from "./cookies.ts";
import type { RecordedResponse } from "./recording.ts";
import { jsonOf, type Received } from "./wire.ts";

/** `root` is what the body counts as: `compare.ts` knows lists without order by their names. */
export function compareResponse(
  expected: RecordedResponse,
  actual: Received,
  bindings: Bindings,
  root: string,
): string[] {
  const status = expected.status === actual.status ? [] : [statusDifference(expected, actual)];
  const cookies = unwantedCookie(expected, actual);
  return [
    ...status,
    ...cookies,
    ...compareHeaders(expected, actual, bindings),
    ...compareBody(expected, actual, bindings, root),
  ];
}

function statusDifference(expected: RecordedResponse, actual: Received): string {
  return `status: expected ${expected.status}, got ${actual.status} ${actual.text.slice(0, 200)}`;
}

function unwantedCookie({ withoutCookie }: RecordedResponse, { headers }: Received): string[] {
  const lines = headers["set-cookie"] ?? [];
  const found = lines.filter((line) => parseCookie(line).name === withoutCookie);
  return found.length === 0 ? [] : [difference("header set-cookie", "nothing", found)];
}

function compareHeaders(expected: RecordedResponse, actual: Received, bindings: Bindings): string[] {
  return Object.entries(expected.headers ?? {}).flatMap(([name, value]) => {
    const given = actual.headers[name];
    if (name === "set-cookie") {
      const lines = actual.headers["set-cookie"] ?? [];
      return [value].flat().flatMap((line) => compareCookie(line, lines, bindings));
    }
    if (typeof value === "string" && typeof given === "string" && bindings.matches(value, given)) return [];
    return [difference(`header ${name}`, value, given)];
  });
}

/** Attributes in any order and letter case; our cookies name no domain (DIVERGENCES: cookie-domain). */
function compareCookie(expectedLine: string, lines: readonly string[], bindings: Bindings): string[] {
  const expected = parseCookie(expectedLine);
  const actual = lines.map(parseCookie).find(({ name }) => name === expected.name);
  if (!actual || !bindings.matches(expected.value, actual.value)) {
    return [difference("header set-cookie", expectedLine, lines)];
  }
  const names = new Set([...expected.attributes.keys(), ...actual.attributes.keys()]);
  names.delete("domain");
  return [...names].flatMap((name) => {
    const [wanted, given] = [expected.attributes.get(name), actual.attributes.get(name)];
    return wanted?.toLowerCase() === given?.toLowerCase() ? [] : [difference(`cookie ${name}`, wanted, given)];
  });
}

/** Pages are our own, only that there is one is compared (DIVERGENCES: pages). */
function compareBody(expected: RecordedResponse, actual: Received, bindings: Bindings, root: string): string[] {
  const { json, text, html, empty } = expected;
  if (json !== undefined) return compareJson(json, jsonOf(actual.text), bindings, root);
  if (empty) return actual.text === "" ? [] : [difference("body", "", actual.text)];
  if (text !== undefined) return bindings.matches(text, actual.text) ? [] : [difference("body", text, actual.text)];
  if (html && !/^<!doctype html>/i.test(actual.text)) return [difference("body", "a page", actual.text)];
  return [];
}
