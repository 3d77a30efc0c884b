/** HTML answers: pages of `web/`, and refusals that a person reads. */
import type { Refusal } from "../errors.ts";
import { errorPage } from "../web/error-page.tsx";
import { pageHeaders } from "../web/headers.ts";
import type { EdgeContext } from "./context.ts";
import { told } from "./error-response.ts";

/** A page, with the headers of all pages. */
export function pageResponse(context: EdgeContext, html: string, status = 200): Response {
  return new Response(html, { status, headers: pageHeaders(context.get("config").issuer) });
}

/** A refusal as a page: status, what it is called, and `error: error_description` (token-core §7.7). */
export function refusedPage(context: EdgeContext, refusal: Refusal): Response {
  context.get("log").refusal = refusal;
  const { status, error, description, headers } = told(refusal);
  const html = errorPage({
    status,
    heading: HEADINGS.get(status) ?? "Error",
    text: `${error}: ${description}`,
    helpHtml: refusal.reason === "attributes_missing" ? refusal.helpHtml : undefined,
  });
  const response = pageResponse(context, html, status);
  for (const [name, value] of Object.entries(headers ?? {})) response.headers.set(name, value);
  return response;
}

const HEADINGS: ReadonlyMap<number, string> = new Map([
  [400, "Bad Request"],
  [401, "Unauthorized"],
  [403, "Forbidden"],
  [404, "Not Found"],
  [429, "Too Many Requests"],
  [500, "Internal Server Error"],
  [503, "Service Unavailable"],
  [555, "OIDC error"],
]);
