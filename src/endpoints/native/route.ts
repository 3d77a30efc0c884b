/** GET /native and /native/abort: where a native login ends in the browser (token-core §7.7). */
import type { EdgeContext } from "../../http/context.ts";
import { pageResponse } from "../../http/page-response.ts";
import { nativeAbortPage, nativeSuccessPage } from "../../web/native-pages.tsx";

export function nativeSuccess(context: EdgeContext): Response {
  return pageResponse(context, nativeSuccessPage(context.req.query("application")));
}

export function nativeAbort(context: EdgeContext): Response {
  return pageResponse(context, nativeAbortPage(context.req.query("application")));
}
