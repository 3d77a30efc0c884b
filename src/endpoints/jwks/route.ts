/** GET /jwks (token-core §11.2): every key that verifies a mytoken of ours, the signing one first. */
import type { EdgeContext } from "../../http/context.ts";
import { publicJsonResponse } from "../../http/json-response.ts";
import { publicKeys } from "../../signer/keys.ts";

export async function jwks(context: EdgeContext): Promise<Response> {
  return publicJsonResponse({ keys: await publicKeys(context.get("config")) });
}
