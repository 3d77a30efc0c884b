/** Rules about logging in: consent, return, polling. */
import { placeholdersIn } from "../bindings.ts";
import type { RecordedResponse } from "../recording.ts";
import { isError, membersOf, page, refusal } from "./answers.ts";
import { type Exchange, membersSent, type Rule } from "./rule.ts";

export const LOGIN_RULES: readonly Rule[] = [
  {
    id: "name-length",
    adapt: (_, { step: { request } }) => {
      const { name } = membersSent(request);
      return typeof name === "string" && name.length > 100 ? refusal(400, "invalid_request") : null;
    },
  },
  {
    id: "encoded-names",
    adapt: (expected) => {
      const { location } = expected.headers ?? {};
      const { url } = membersOf(expected);
      if (isUnencoded(location)) {
        return { ...expected, headers: { ...expected.headers, location: encoded(location) } };
      }
      return isUnencoded(url) ? { ...expected, json: { ...membersOf(expected), url: encoded(url) } } : null;
    },
  },
  {
    id: "consent-gone",
    adapt: (expected, { step }) =>
      isConsent(step.request.path) && isError(expected, 500, /^Not Found$/) ? refusal(404, "not_found") : null,
  },
  {
    id: "agent-consent",
    adapt: (expected, { step }) =>
      step.request.path === "/c" && expected.status === 500 ? refusal(401, "invalid_token") : null,
  },
  {
    id: "fresh-state",
    adapt: (expected, { run }) => {
      const states = placeholdersIn(membersOf(expected)["authorization_uri"]).filter((name) =>
        name.startsWith("state:"),
      );
      const known = states.filter((name) => run.bindings.has(name));
      for (const name of known) run.bindings.forget(`{{${name}}}`);
      return known.length === 0 ? null : expected;
    },
  },
  {
    id: "redirect-error",
    adapt: (_, { step: { request } }) =>
      /^\/redirect\?(?:.*&)?error=/.test(request.path) && !request.path.includes("{{state:") ? page(400) : null,
  },
  {
    id: "access-denied",
    adapt: (expected, exchange) =>
      isPoll(exchange) && isCodeError(expected) && exchange.run.returned?.path.includes("error=access_denied")
        ? refusal(401, "access_denied")
        : null,
  },
  {
    id: "failed-login",
    adapt: (expected, exchange) =>
      isPoll(exchange) && expected.status === 428 && (exchange.run.returned?.status ?? 0) >= 400
        ? refusal(401, "invalid_token")
        : null,
  },
];

function isConsent(path: string): boolean {
  return path.startsWith("/c/");
}

function isUnencoded(value: unknown): value is string {
  return typeof value === "string" && value.startsWith("/native") && value.includes(" ");
}

function encoded(path: string): string {
  return path.replaceAll(" ", "%20");
}

function isPoll({ step: { request } }: Exchange): boolean {
  return membersSent(request)["grant_type"] === "polling_code";
}

function isCodeError(expected: RecordedResponse): boolean {
  return isError(expected, 401, /^Bad polling or transfer code$/);
}
