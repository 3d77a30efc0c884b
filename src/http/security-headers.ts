/** Headers of everything that is not open to other origins (token-core §1.3). Pages bring stricter ones of their own. */
import { createMiddleware } from "hono/factory";
import type { Config } from "../config.ts";
import type { Edge, EdgeContext } from "./context.ts";
import { isOpenPath } from "./cors.ts";
import { setHeader } from "./set-header.ts";

const HEADERS = {
  "X-XSS-Protection": "0",
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "SAMEORIGIN",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Origin-Agent-Cluster": "?1",
  "Referrer-Policy": "no-referrer",
  "X-DNS-Prefetch-Control": "off",
  "X-Download-Options": "noopen",
  "X-Permitted-Cross-Domain-Policies": "none",
};

export const securityHeaders = createMiddleware<Edge>(async (context, next) => {
  await next();
  if (!isOpenPath(context.req.path)) {
    for (const [name, value] of Object.entries(HEADERS)) setIfMissing(context, name, value);
  }
  // Unset where the settings are at fault: then nobody knows the issuer.
  const config: Config | undefined = context.get("config");
  if (config?.issuer.startsWith("https:")) setIfMissing(context, "Strict-Transport-Security", "max-age=31536000");
});

function setIfMissing(context: EdgeContext, name: string, value: string): void {
  if (!context.res.headers.has(name)) setHeader(context, name, value);
}
