/** The revocation of a polling code (token-core §10.4, DESIGN §8): the login ends; approving it then is 404. */
import { nowSeconds } from "../../clock.ts";
import { equalText, sha256Text } from "../../crypto/hash.ts";
import { makeDue, setAlarm } from "../due.ts";
import type { AuthorizationContext } from "./context.ts";
import { endFlow, readFlow } from "./schema.ts";

/** Ends the flow of the code; what it made and nobody collected ends with it, complete when answered. Idempotent. */
export async function withdraw(object: AuthorizationContext, pollingCode: string): Promise<void> {
  const { storage } = object;
  const hash = await sha256Text(pollingCode);
  const flow = readFlow(storage.sql);
  if (!flow?.polling_hash || !equalText(flow.polling_hash, hash) || flow.state === "collected") return;
  if (["pending", "consented", "exchanging", "fulfilled"].includes(flow.state)) {
    storage.transactionSync(() => {
      // An exchange that runs finds its flow ended and abandons what it made; if it crashes, the appointment does.
      endFlow(storage.sql, "failed");
      makeDue(storage.sql, "end", nowSeconds());
    });
    await setAlarm(storage);
  }
  if (flow.grant_id !== null) await object.grant(flow.grant_id).abandon();
}
