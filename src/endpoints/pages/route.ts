/** GET /, /home and /static/:name: what the server shows of itself. */
import type { EdgeContext } from "../../http/context.ts";
import { refused } from "../../http/error-response.ts";
import { pageResponse } from "../../http/page-response.ts";
import { asset } from "../../web/assets.ts";
import { assetHeaders } from "../../web/headers.ts";
import { homePage } from "../../web/home-page.tsx";

export function home(context: EdgeContext): Response {
  const { issuer, providers } = context.get("config");
  const shown = providers.map((provider) => ({ issuer: provider.issuer, name: provider.name ?? provider.issuer }));
  return pageResponse(context, homePage({ issuer, providers: shown }));
}

/** A script, a style sheet or a picture of the pages. */
export function staticAsset(context: EdgeContext): Response {
  const found = asset(context.req.param("name") ?? "");
  if (!found) return refused(context, { reason: "not_found", description: "no such file" });
  return new Response(found.body, { headers: assetHeaders(found.contentType) });
}
