/** GET /api/v0/capabilities: every capability there is, as a tree (extended §10.7, clients §3). */
import { publicJsonResponse } from "../../http/json-response.ts";
import { CAPABILITIES } from "../../token/capability.ts";
import { capabilityTree } from "../../web/capability-tree.ts";
import { nodeOf } from "./nodes.ts";

export function capabilities(): Response {
  return publicJsonResponse(capabilityTree(CAPABILITIES).map(nodeOf));
}
