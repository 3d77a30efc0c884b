/** What Hono carries for every request. Only route files, `app.ts` and this room know it. */
import type { Context } from "hono";
import type { Config } from "../config.ts";
import type { LogEntry } from "./request-log.ts";

export interface Edge {
  Bindings: Env;
  Variables: {
    readonly config: Config;
    readonly requestId: string;
    /** The line of this request; routes and refusals add to it. */
    readonly log: LogEntry;
  };
}

export type EdgeContext = Context<Edge>;

/** What a `route.ts` exports for each method of its path. */
export type Handler = (context: EdgeContext) => Response | Promise<Response>;
