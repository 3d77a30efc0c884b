/** The revocation of a polling code (token-core §10.4, DESIGN §8): the login ends; approving it then is 404. */
import { equalText, sha256Text } from "../../crypto/hash.ts";
import type { AuthorizationContext } from "./context.ts";
import { endFlow, readFlow } from "./schema.ts";

/** Ends the flow of the code; a finished token that nobody collected ends with it. Idempotent. */
export async function withdraw(object: AuthorizationContext, pollingCode: string): Promise<void> {
  const { storage } = object;
  const hash = await sha256Text(pollingCode);
  const flow = readFlow(storage.sql);
  if (!flow?.polling_hash || !equalText(flow.polling_hash, hash)) return;
  // An exchange that runs finds its flow ended and abandons what it made.
  if (!["pending", "consented", "exchanging", "fulfilled"].includes(flow.state)) return;
  endFlow(storage.sql, "failed");
  if (flow.state === "fulfilled" && flow.grant_id !== null) await object.grant(flow.grant_id).abandon();
}
