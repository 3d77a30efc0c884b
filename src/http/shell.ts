/** The shell around every route: request id, log line, headers, settings, and what happens to strays and exceptions. */
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";
import { nowMilliseconds } from "../clock.ts";
import type { Config } from "../config.ts";
import { configOf } from "../config/parse.ts";
import type { Edge, Handler } from "./context.ts";
import { cors } from "./cors.ts";
import { failed } from "./failure.ts";
import { requestIdOf } from "./request-id.ts";
import { logConfigWarning, logRequest } from "./request-log.ts";
import { routingPath } from "./routing.ts";
import { securityHeaders } from "./security-headers.ts";
import { setHeader } from "./set-header.ts";

export interface Route {
  /** GET answers HEAD too; any other method on the path is a stray. */
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Fixed segments and `:parameters`; the last may be `:name{.+}`. Of two that fit, the first counts. */
  readonly path: string;
  readonly handler: Handler;
  /** A GET that spends something (a code, a state): HEAD never runs it. */
  readonly spends?: true;
  /** Whether the operator has switched it on; a route that is off is a stray. */
  readonly when?: (config: Config) => boolean;
}

/** The whole server as Hono application. `stray` answers what fits no route. */
export function shell(routes: readonly Route[], stray: Handler): Hono<Edge> {
  const app = new Hono<Edge>({ getPath: routingPath(routes.map((route) => route.path)) });
  app.use(recorded, securityHeaders, cors, configured);
  for (const route of routes) {
    app.on(route.method, route.path, (context) => {
      const config = context.get("config");
      const log = context.get("log");
      if (route.when?.(config) === false) return stray(context);
      if (route.spends && context.req.raw.method === "HEAD") return stray(context);
      log.route = route.path;
      return route.handler(context);
    });
  }
  app.notFound(stray);
  app.onError((error, context) => failed(context, error));
  return app;
}

const recorded = createMiddleware<Edge>(async (context, next) => {
  const requestId = requestIdOf(context.req.raw);
  const log = { requestId, startedMilliseconds: nowMilliseconds(), route: null, refusal: null, events: [] };
  context.set("requestId", requestId);
  context.set("log", log);
  await next();
  setHeader(context, "X-Request-ID", requestId);
  logRequest(log, context.req.raw, context.res.status, nowMilliseconds());
});

const warned = new WeakSet<Config>();

const configured = createMiddleware<Edge>(async (context, next) => {
  const config = configOf(context.env);
  context.set("config", config);
  if (!warned.has(config)) config.warnings.forEach(logConfigWarning);
  warned.add(config);
  await next();
});
