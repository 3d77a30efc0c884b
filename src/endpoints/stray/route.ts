/** Whatever fits no route: 404, never 405 (token-core §1.6). */
import { wantsPage } from "../../http/accept.ts";
import type { EdgeContext } from "../../http/context.ts";
import { refused } from "../../http/error-response.ts";
import { notFoundPage } from "../../web/error-page.tsx";
import { pageHeaders } from "../../web/headers.ts";

const LONGEST_ECHO = 256;

export function stray(context: EdgeContext): Response {
  const { pathname } = new URL(context.req.url);
  const answer = refused(context, { reason: "not_found", description: pathname.slice(0, LONGEST_ECHO) });
  if (!wantsPage(context.req.raw)) return answer;
  return new Response(notFoundPage(), { status: 404, headers: pageHeaders(context.get("config").issuer) });
}
