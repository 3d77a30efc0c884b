/** Rules about mytokens: rotation, tightening, revocation. */
import { isDeepStrictEqual } from "node:util";
import type { Json, JsonObject, RecordedRequest } from "../recording.ts";
import { isError, membersOf, refusal } from "./answers.ts";
import { membersSent, type Rule } from "./rule.ts";

export const TOKEN_RULES: readonly Rule[] = [
  {
    id: "rotation-cookie",
    adapt: (expected, { step: { request } }) => {
      if (!("token_update" in membersOf(expected)) || cameByCookie(request)) return null;
      const { "set-cookie": _, ...headers } = expected.headers ?? {};
      return { ...expected, headers, withoutCookie: "mytoken" };
    },
  },
  {
    id: "agent-rotation",
    adapt: (expected, { step: { request } }) => {
      const { token_update: update, ...members } = membersOf(expected);
      if (update === undefined || membersSent(request)["grant_type"] !== "refresh_token") return null;
      const successor = (update as JsonObject)["mytoken"]!;
      return { ...expected, json: { ...members, token_update: update, refresh_token: successor } };
    },
  },
  {
    id: "error-flag",
    adapt: (expected, { step: { request } }) => {
      const { error_on_restrictions: flag, restrictions: wanted } = membersSent(request);
      if (flag !== true || expected.status !== 200 || !Array.isArray(wanted)) return null;
      return isGranted(wanted, membersOf(expected)["restrictions"]) ? null : refusal(400, "invalid_request");
    },
  },
  {
    id: "revocation-outdated",
    adapt: (expected, { step: { request } }) => {
      if (!request.path.startsWith("/api/v0/token/revoke") || !isError(expected, 500, CIPHER)) return null;
      return "mom_id" in membersSent(request) ? refusal(401, "invalid_token") : { status: 204, empty: true };
    },
  },
  {
    id: "exact-bytes",
    adapt: (expected, { step: { request } }) =>
      !request.path.startsWith("/api/v0/token/revoke") && isError(expected, 500, CIPHER)
        ? refusal(401, "invalid_token")
        : null,
  },
];

const CIPHER = /^cipher: message authentication failed$/;

function cameByCookie(request: RecordedRequest): boolean {
  const { mytoken, refresh_token: alias, token } = membersSent(request);
  const elsewhere = [mytoken, alias, token, request.headers?.["Authorization"]];
  return (request.headers?.["Cookie"] ?? "").includes("mytoken=") && elsewhere.every((place) => place === undefined);
}

/** The clause with `this` as the address that the caller has. */
function withoutThis(clause: Json): Json {
  return JSON.parse(JSON.stringify(clause).replaceAll('"this"', '"127.0.0.1"')) as Json;
}

/** Whether each wanted clause came out as it was, apart from an expiry that it did not have. */
function isGranted(wanted: Json[], granted: Json | undefined): boolean {
  const clauses = (granted ?? []) as JsonObject[];
  return wanted.map(withoutThis).every((clause) =>
    clauses.some((given) => {
      const { exp, ...rest } = given;
      return isDeepStrictEqual(clause, given) || (exp !== undefined && isDeepStrictEqual(clause, rest));
    }),
  );
}
