/** Cross-origin access for scripts: everything under /api and /static, and the metadata (token-core §1.2). */
import { createMiddleware } from "hono/factory";
import type { Edge } from "./context.ts";
import { setHeader } from "./set-header.ts";

const METADATA_PATHS = ["/.well-known/mytoken-configuration", "/.well-known/openid-configuration", "/jwks"];

/** Whether pages of other origins may use what is there. */
export function isOpenPath(path: string): boolean {
  const folded = path.toLowerCase();
  if (folded.startsWith("/api") || folded.startsWith("/static")) return true;
  return METADATA_PATHS.includes(folded.replace(/\/$/, ""));
}

/** Answers preflights and marks answers. No credentials: the cookie never works across origins. */
export const cors = createMiddleware<Edge>(async (context, next) => {
  const { headers, method } = context.req.raw;
  if (!headers.has("Origin") || !isOpenPath(context.req.path)) return next();
  if (method !== "OPTIONS") {
    await next();
    setHeader(context, "Access-Control-Allow-Origin", "*");
    return;
  }
  if (!headers.has("Access-Control-Request-Method")) {
    await next();
    setHeader(context, "Vary", "Origin");
    return;
  }
  const answer = new Headers({
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET,POST,HEAD,PUT,DELETE,PATCH",
    Vary: "Access-Control-Request-Method, Access-Control-Request-Headers, Origin",
  });
  const wanted = headers.get("Access-Control-Request-Headers");
  if (wanted !== null) answer.set("Access-Control-Allow-Headers", wanted);
  return new Response(null, { status: 204, headers: answer });
});
