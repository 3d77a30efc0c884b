/** JSON answers: `application/json` without a charset (token-core §1.5). */

/** By their names as they are written here: a spread does not fold letter case. */
export type HeaderFields = Readonly<Partial<Record<"Set-Cookie" | "WWW-Authenticate" | "Retry-After", string>>>;

/** RFC 6749 §5.1. */
const UNSTORED = { "Cache-Control": "no-store", Pragma: "no-cache" };

/** An answer that may carry a token or be about one: never stored (QUIRK-01). */
export function jsonResponse(body: object, status = 200, headers: HeaderFields = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...headers, ...UNSTORED, "Content-Type": "application/json" },
  });
}

/** An answer that is the same for everybody. */
export function publicJsonResponse(body: object): Response {
  return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
}

/** Success without anything to say. Go clients read an empty 200 as a broken one (clients §1). */
export function noContent(headers: HeaderFields = {}): Response {
  return new Response(null, { status: 204, headers: { ...headers, ...UNSTORED } });
}
