/** JSON answers: `application/json` without a charset (token-core §1.5). */

/** An answer that may carry a token or be about one: never stored (QUIRK-01). */
export function jsonResponse(body: object, status = 200, headers: HeadersInit = {}): Response {
  return new Response(JSON.stringify(body), { status, headers: unstored(headers, "application/json") });
}

/** An answer that is the same for everybody. */
export function publicJsonResponse(body: object): Response {
  return new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });
}

/** Success without anything to say. Go clients read an empty 200 as a broken one (clients §1). */
export function noContent(headers: HeadersInit = {}): Response {
  return new Response(null, { status: 204, headers: unstored(headers) });
}

function unstored(given: HeadersInit, contentType?: string): Headers {
  const headers = new Headers(given);
  headers.set("Cache-Control", "no-store");
  // RFC 6749 §5.1.
  headers.set("Pragma", "no-cache");
  if (contentType !== undefined) headers.set("Content-Type", contentType);
  return headers;
}
