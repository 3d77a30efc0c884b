/** What the caller is told when something was thrown. */
import { ConfigError } from "../config.ts";
import type { Refusal } from "../errors.ts";
import { errorPage } from "../web/error-page.tsx";
import { wantsPage } from "./accept.ts";
import type { EdgeContext } from "./context.ts";
import { refused } from "./error-response.ts";
import { jsonResponse } from "./json-response.ts";
import { pageResponse, refusedPage } from "./page-response.ts";
import { logConfigError, logException } from "./request-log.ts";

const AWAY: Refusal = { reason: "temporarily_unavailable", retryAfterSeconds: 1 };

/**
 * Logs what was thrown, with the id of the request. A part of the platform that was away is 503; everything else,
 * missing settings included, is a bare 500 that says nothing but the id (QUIRK-02).
 */
export function failed(context: EdgeContext, error: unknown): Response {
  const requestId = context.get("requestId");
  if (error instanceof ConfigError) logConfigError(requestId, error.message);
  else logException(requestId, error);
  const isPage = !(error instanceof ConfigError) && wantsPage(context.req.raw);
  if (isAway(error)) return isPage ? refusedPage(context, AWAY) : refused(context, AWAY);
  if (isPage) {
    const heading = "Internal Server Error";
    return pageResponse(context, errorPage({ status: 500, heading, text: `request id ${requestId}` }), 500);
  }
  return jsonResponse({ error: "internal_server_error", error_description: `request id ${requestId}` }, 500);
}

/**
 * An object that was reset, moved, deployed or overloaded; `remote` is an exception of our own code in it (DESIGN §7),
 * unless it only passes on that an object it asked was reset.
 */
function isAway(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const marks = error as { remote?: unknown; retryable?: unknown; overloaded?: unknown; durableObjectReset?: unknown };
  if (marks.durableObjectReset === true) return true;
  return marks.remote !== true && (marks.retryable === true || marks.overloaded === true);
}
