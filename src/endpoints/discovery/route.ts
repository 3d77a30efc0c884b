/** GET /.well-known/mytoken-configuration and /.well-known/openid-configuration: one document. */
import type { EdgeContext } from "../../http/context.ts";
import { publicJsonResponse } from "../../http/json-response.ts";
import { discoveryDocument } from "./document.ts";

export function discovery(context: EdgeContext): Response {
  return publicJsonResponse(discoveryDocument(context.get("config")));
}
