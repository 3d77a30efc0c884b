/** Rules about HTTP itself. */
import type { RecordedResponse } from "../recording.ts";
import { membersOf } from "./answers.ts";
import type { Rule } from "./rule.ts";

export const WIRE_RULES: readonly Rule[] = [
  {
    id: "version",
    adapt: (expected) =>
      "version" in membersOf(expected) ? { ...expected, json: { ...membersOf(expected), version: "{{any}}" } } : null,
  },
  {
    id: "rate-limit",
    adapt: (expected) => withHeaders(expected, (name) => !name.startsWith("x-ratelimit-")),
  },
  {
    id: "framing",
    adapt: (expected) =>
      expected.headers?.["x-frame-options"] === undefined || expected.html === undefined
        ? null
        : { ...expected, headers: { ...expected.headers, "x-frame-options": "DENY" } },
  },
  {
    id: "uniform-errors",
    adapt: (expected) =>
      membersOf(expected)["error"] === "Not Found"
        ? { ...expected, json: { ...membersOf(expected), error: "not_found" } }
        : null,
  },
  {
    id: "empty-lists",
    adapt: (expected) => {
      if (expected.json === null) return { ...expected, json: [] };
      const members = membersOf(expected);
      return members["grant_types"] === null ? { ...expected, json: { ...members, grant_types: [] } } : null;
    },
  },
  {
    id: "json-bodies",
    adapt: ({ status, headers, text }) =>
      text === "Created" || text === "OK"
        ? { status, headers: { ...headers, "content-type": "application/json" }, json: {} }
        : null,
  },
  {
    id: "tags",
    adapt: (expected) => {
      const members = membersOf(expected);
      if (!("grant_type_endpoint" in members)) return null;
      return { ...expected, json: { ...members, tags_endpoint: "{{iss}}/api/v0/settings/tags" } };
    },
  },
];

/** The answer with only some of its headers, or `null` if that changes nothing. */
function withHeaders(expected: RecordedResponse, keep: (name: string) => boolean): RecordedResponse | null {
  const all = Object.entries(expected.headers ?? {});
  const kept = all.filter(([name]) => keep(name));
  return kept.length === all.length ? null : { ...expected, headers: Object.fromEntries(kept) };
}
