/** Rules about what the provider answers us. */
import type { RecordedResponse } from "../recording.ts";
import { isError, membersOf, page, refusal } from "./answers.ts";
import { type Exchange, membersSent, type Rule } from "./rule.ts";

const ALL_SCOPES = "openid profile email storage.read storage.write offline_access";

export const PROVIDER_RULES: readonly Rule[] = [
  {
    id: "cut-once",
    adapt: (_, exchange) => (exchange.cut ? failure(exchange) : null),
  },
  {
    id: "provider-failures",
    adapt: (expected, exchange) => {
      const { access_token: token, error } = membersOf(expected);
      const unreadable = isError(expected, 500, /^invalid character/);
      if (isReturn(exchange) && expected.status === 500) return page(555);
      return isExchange(exchange) && (token === "" || (error !== undefined && unreadable)) ? failure(exchange) : null;
    },
  },
  {
    id: "requested-scope",
    adapt: (expected, exchange) => {
      const requested = requestedScope(exchange);
      if (!isExchange(exchange) || requested === "" || membersOf(expected)["scope"] !== ALL_SCOPES) return null;
      return { ...expected, json: { ...membersOf(expected), scope: `${requested} offline_access` } };
    },
  },
];

function isExchange({ step: { request } }: Exchange): boolean {
  return request.path === "/api/v0/token/access";
}

function isReturn({ step: { request } }: Exchange): boolean {
  return request.path.startsWith("/redirect");
}

function failure(exchange: Exchange): RecordedResponse {
  return isReturn(exchange) ? page(555) : refusal(555, "oidc_error");
}

function requestedScope({ step: { request } }: Exchange): string {
  const { scope } = membersSent(request);
  return typeof scope === "string" ? scope.trim() : "";
}
