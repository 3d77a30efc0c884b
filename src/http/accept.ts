/** Whether an error is told as a page or as JSON (token-core §1.6). */

/** A page, if it is not about the API and HTML is admitted; nothing said is everything admitted. */
export function wantsPage(request: Request): boolean {
  if (new URL(request.url).pathname.toLowerCase().startsWith("/api")) return false;
  const accept = request.headers.get("Accept") ?? "*/*";
  return accept.split(",").some((range) => {
    const [type = "", ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    return ["text/html", "text/*", "*/*"].includes(type) && !parameters.includes("q=0");
  });
}
