/** Whether a JSON value is what was recorded, in words: one text per difference. */
import type { Bindings } from "./bindings.ts";
import type { Json, JsonObject } from "./recording.ts";
import { timeRange } from "./times.ts";

/** Members that no comparison looks at: texts for people, and the form of `sub` (DIVERGENCES: texts, sub). */
const OWN_AFFAIR: ReadonlySet<string> = new Set(["error_description"]);
const SUBJECT = /^\{\{sub:/;

/** Lists that the reference gives in no fixed order. */
const UNORDERED = /(?:^|\.)(?:events|mytokens|children|subscribed_tokens|pt)$/;

export function compareJson(expected: Json, actual: unknown, bindings: Bindings, path = ""): string[] {
  if (typeof expected === "string") return compareText(expected, actual, bindings, path);
  if (Array.isArray(expected)) return compareList(expected, actual, bindings, path);
  if (expected !== null && typeof expected === "object") return compareObject(expected, actual, bindings, path);
  return expected === actual ? [] : [difference(path, expected, actual)];
}

function compareText(expected: string, actual: unknown, bindings: Bindings, path: string): string[] {
  const range = timeRange(expected, bindings.clock);
  if (range) {
    const fits = typeof actual === "number" && actual >= range.from && actual <= range.to;
    return fits ? [] : [difference(path, `${expected}, ${range.from} to ${range.to}`, actual)];
  }
  if (typeof actual !== "string") return [difference(path, expected, actual)];
  if (SUBJECT.test(expected)) return actual === "" ? [difference(path, expected, actual)] : [];
  const fits = isAuthorizationUrl(expected)
    ? matchesUrl(expected, actual, bindings)
    : bindings.matches(expected, actual);
  return fits ? [] : [difference(path, expected, actual)];
}

function compareList(expected: Json[], actual: unknown, bindings: Bindings, path: string): string[] {
  if (!Array.isArray(actual) || actual.length !== expected.length) {
    return [difference(path, `a list of ${expected.length}`, actual)];
  }
  if (!UNORDERED.test(path)) {
    return expected.flatMap((item, index) => compareJson(item, actual[index], bindings, `${path}[${index}]`));
  }
  const left = [...actual] as unknown[];
  return expected.flatMap((item, index) => {
    const tries = left.map((candidate) => {
      const tried = bindings.fork();
      return { candidate, tried, differences: compareJson(item, candidate, tried, `${path}[${index}]`) };
    });
    const best = tries.reduce((a, b) => (b.differences.length < a.differences.length ? b : a));
    bindings.adopt(best.tried);
    left.splice(left.indexOf(best.candidate), 1);
    return best.differences;
  });
}

function compareObject(expected: JsonObject, actual: unknown, bindings: Bindings, path: string): string[] {
  if (actual === null || typeof actual !== "object" || Array.isArray(actual)) {
    return [difference(path, "an object", actual)];
  }
  const members = actual as Record<string, unknown>;
  const differences: string[] = [];
  const seen = new Set<string>(OWN_AFFAIR);
  for (const [pattern, value] of Object.entries(expected)) {
    const key = Object.keys(members).find((name) => name === pattern || bindings.fork().matches(pattern, name));
    if (OWN_AFFAIR.has(pattern)) continue;
    if (key === undefined) {
      differences.push(`${path}.${pattern}: missing`);
      continue;
    }
    bindings.matches(pattern, key);
    seen.add(key);
    differences.push(...compareJson(value, members[key], bindings, `${path}.${key}`));
  }
  const more = Object.keys(members).filter((key) => !seen.has(key));
  return [...differences, ...more.map((key) => `${path}.${key}: unexpected ${shown(members[key])}`)];
}

function isAuthorizationUrl(text: string): boolean {
  return /[?&]code_challenge=/.test(text);
}

/** The same address and the same parameters in any order; `nonce` is ours (DIVERGENCES: nonce). */
function matchesUrl(expected: string, actual: string, bindings: Bindings): boolean {
  const [expectedBase, expectedParameters] = partsOf(expected);
  const [actualBase, left] = partsOf(actual);
  if (!bindings.matches(expectedBase, actualBase) || expectedParameters.length !== left.length) return false;
  return expectedParameters.every((parameter) => {
    const [name] = parameter.split("=");
    const index = left.findIndex((other) => other.split("=")[0] === name && bindings.matches(parameter, other));
    if (index >= 0) left.splice(index, 1);
    return index >= 0;
  });
}

function partsOf(url: string): [string, string[]] {
  const at = url.indexOf("?");
  const parameters = url
    .slice(at + 1)
    .replaceAll("%20", "+")
    .split("&");
  return [url.slice(0, at), parameters.filter((parameter) => !parameter.startsWith("nonce="))];
}

export function difference(path: string, expected: unknown, actual: unknown): string {
  return `${path || "body"}: expected ${shown(expected)}, got ${shown(actual)}`;
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? "nothing").slice(0, 300);
}
