/** Paths as the reference matches them: letter case of fixed segments and one trailing slash do not matter. */

/**
 * For the patterns of all routes, the function that gives the path by which Hono routes: fixed segments in the letter
 * case of the first pattern that fits, parameters as they came (consent codes are case-sensitive). A last parameter
 * written `:name{.+}` takes the rest of the path. A path that fits nothing stays as it is.
 */
export function routingPath(patterns: readonly string[]): (request: Request) => string {
  const asWritten = new Set(patterns);
  const shapes = [...asWritten].map((pattern) => pattern.split("/"));
  return (request) => {
    const { pathname } = new URL(request.url);
    // Nearly every request.
    if (asWritten.has(pathname)) return pathname;
    const segments = (pathname === "/" ? pathname : pathname.replace(/\/$/, "")).split("/");
    const shape = shapes.find((candidate) => fits(candidate, segments));
    if (shape === undefined) return pathname;
    return segments.map((segment, index) => (isFixed(shape[index]) ? shape[index] : segment)).join("/");
  };
}

function fits(shape: readonly string[], segments: readonly string[]): boolean {
  const takesRest = shape.at(-1)?.endsWith("{.+}") === true;
  if (takesRest ? segments.length < shape.length : segments.length !== shape.length) return false;
  return shape.every((part, index) => {
    const segment = segments[index] ?? "";
    return isFixed(part) ? part.toLowerCase() === segment.toLowerCase() : segment !== "";
  });
}

function isFixed(part: string | undefined): part is string {
  return part !== undefined && !part.startsWith(":");
}
