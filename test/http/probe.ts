/** A server of one route, to look at what a route sees. */
import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { stray } from "../../src/endpoints/stray/route.ts";
import type { EdgeContext, Handler } from "../../src/http/context.ts";
import { type Route, shell } from "../../src/http/shell.ts";
import { ISSUER, SETTINGS } from "./worker.ts";

/** Answers one request with the given routes. */
export async function serve(routes: readonly Route[], request: Request, settings: object = {}): Promise<Response> {
  const context = createExecutionContext();
  const response = await shell(routes, stray).fetch(request, { ...env, ...SETTINGS, ...settings }, context);
  await waitOnExecutionContext(context);
  return response;
}

/** What `look` sees in the context of a request. */
export async function seen<Sight>(
  look: (context: EdgeContext) => Sight | Promise<Sight>,
  init: RequestInit = {},
  settings: object = {},
): Promise<Sight> {
  let sight: { readonly value: Sight } | undefined;
  const handler: Handler = async (context) => {
    sight = { value: await look(context) };
    return new Response();
  };
  const method = init.method === "GET" ? "GET" : "POST";
  await serve([{ method, path: "/probe", handler }], new Request(`${ISSUER}/probe`, { method, ...init }), settings);
  if (sight === undefined) throw new Error("the route was not reached");
  return sight.value;
}
