/** The answer to a use of a mytoken that may have rotated it (extended §1.4, step 5; §1.5). */
import { nowSeconds } from "../clock.ts";
import type { EdgeContext } from "./context.ts";
import { jsonResponse, noContent } from "./json-response.ts";
import { type HandedOut, tokenUpdate } from "./mytoken-response.ts";
import type { PresentedToken } from "./presented-token.ts";

/** `body` with the successor; where there is nothing to say, 204 without one and 200 with it. Never an empty 200 or a text. */
export function useResponse(
  context: EdgeContext,
  from: PresentedToken["from"],
  successor: HandedOut | null,
  body: object | null = null,
  status = 200,
): Response {
  if (body === null && successor === null) return noContent();
  const update = tokenUpdate(context.get("config"), successor, from, nowSeconds());
  return jsonResponse({ ...body, ...update.members }, status, update.headers);
}
