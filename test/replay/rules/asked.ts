/**
 * Rules about what the clauses of a login mean at the provider: `open-clauses` (what is asked there) and
 * `audiences-kept` (what comes out of it).
 */
import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject, RecordedRequest } from "../recording.ts";
import { membersOf } from "./answers.ts";
import { membersSent, type Rule } from "./rule.ts";

const ALL_SCOPES = "openid profile email storage.read storage.write offline_access";

export const ASKED_RULES: readonly Rule[] = [
  {
    id: "open-clauses",
    adapt: (expected, { run }) => {
      const { authorization_uri: address } = membersOf(expected);
      if (typeof address !== "string") return null;
      const changed = withAskedQuery(address, run.asked);
      return changed === address ? null : { ...expected, json: { ...membersOf(expected), authorization_uri: changed } };
    },
  },
  {
    id: "audiences-kept",
    adapt: (expected, { run }) => {
      const members = membersOf(expected);
      if (!("mytoken" in members)) return null;
      const changed = withAskedAudiences(members, run.asked);
      return changed === members ? null : { ...expected, json: changed };
    },
  },
];

/** The clauses that an approval posts; `null` if the request is none. */
export function askedIn(request: RecordedRequest): readonly JsonObject[] | null {
  const { restrictions } = membersSent(request);
  return request.path.startsWith("/c/") && Array.isArray(restrictions) ? clausesOf(restrictions) : null;
}

/** A new mytoken with the audiences that were asked for, if that is all in which its clauses differ from those asked for. */
export function withAskedAudiences(result: JsonObject, asked: readonly JsonObject[]): JsonObject {
  const { restrictions } = result;
  const without = (clauses: readonly JsonObject[]) => clauses.map((clause) => ({ ...clause, audience: null }));
  if (!Array.isArray(restrictions) || isDeepStrictEqual(restrictions, asked)) return result;
  if (!isDeepStrictEqual(without(clausesOf(restrictions)), without(asked))) return result;
  return { ...result, restrictions: [...asked] };
}

/** A request at the authorization endpoint of the provider, as it follows from the clauses. */
export function withAskedParameters(request: JsonObject, asked: readonly JsonObject[]): JsonObject {
  const { path, query } = request as { path: string; query: Record<string, string[]> };
  if (path !== "/auth" || asked.length === 0) return request;
  const entries = Object.entries(query).map(([name, values]) => [name, askedValues(name, values, asked)] as const);
  return { ...request, query: Object.fromEntries(entries.filter(([, values]) => values.length > 0)) };
}

function withAskedQuery(address: string, asked: readonly JsonObject[]): string {
  if (asked.length === 0) return address;
  const [base = "", query = ""] = address.split("?");
  const parameters = query.split("&").flatMap((parameter) => {
    const [name = "", value = ""] = parameter.split("=");
    if (!CLAUSE_PARAMETERS.has(name)) return [parameter];
    const values = askedValues(name, [decodeURIComponent(value.replaceAll("+", " "))], asked);
    return values.map((text) => `${name}=${encodeURIComponent(text).replaceAll("%20", "+")}`);
  });
  return `${base}?${parameters.join("&")}`;
}

const CLAUSE_PARAMETERS: ReadonlySet<string> = new Set(["scope", "resource", "audience"]);

/** The values that a parameter of the authorization request should have. */
function askedValues(name: string, recorded: string[], asked: readonly JsonObject[]): string[] {
  if (name === "scope") return hasOpenScope(asked) ? [ALL_SCOPES] : recorded;
  if (!CLAUSE_PARAMETERS.has(name)) return recorded;
  const audiences = audiencesOf(asked);
  // Blank-joined values are complete.
  return audiences.length > 0 && recorded.some((value) => value.includes(" ")) ? recorded : audiences;
}

function hasOpenScope(asked: readonly JsonObject[]): boolean {
  return asked.some(({ scope }) => scope === undefined);
}

/** None if any clause leaves the audience open. */
function audiencesOf(asked: readonly JsonObject[]): string[] {
  if (asked.some(({ audience }) => audience === undefined)) return [];
  return [...new Set(asked.flatMap(({ audience }) => audience as string[]))];
}

function clausesOf(restrictions: Json[]): JsonObject[] {
  return restrictions.filter((clause): clause is JsonObject => clause !== null && typeof clause === "object");
}
