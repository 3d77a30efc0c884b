/** GET /api/v0/settings: where the settings are (extended §3.1). For everybody; Go clients ask before every command. */
import { publicUrl } from "../../config.ts";
import type { EdgeContext } from "../../http/context.ts";
import { publicJsonResponse } from "../../http/json-response.ts";

export function settingsEndpoints(context: EdgeContext): Response {
  const config = context.get("config");
  return publicJsonResponse({
    grant_type_endpoint: publicUrl(config, "/api/v0/settings/grants"),
    email_endpoint: publicUrl(config, "/api/v0/settings/email"),
    tags_endpoint: publicUrl(config, "/api/v0/settings/tags"),
  });
}
