/** The revocation of a polling code (token-core §10.4, DESIGN §8): the login ends; approving it then is 404. */
import { nowSeconds } from "../../clock.ts";
import { equalText, sha256Text } from "../../crypto/hash.ts";
import { done, refuse, type Result } from "../../errors.ts";
import { makeDue, setAlarm } from "../due.ts";
import type { AuthorizationContext } from "./context.ts";
import { openAsPoller } from "./polling-key.ts";
import { endFlow, readFlow } from "./schema.ts";

/**
 * Ends the flow of the code; what it made and nobody collected ends with it, complete when answered. The code opens the
 * finished token, and that the refresh token, which is revoked at the provider. Idempotent.
 */
export async function withdraw(
  object: AuthorizationContext,
  pollingCode: string,
  issuer: string | null,
): Promise<Result<null>> {
  const { storage } = object;
  const hash = await sha256Text(pollingCode);
  const flow = readFlow(storage.sql);
  if (!flow?.polling_hash || !equalText(flow.polling_hash, hash)) return done(null);
  if (flow.state === "fulfilled" && issuer !== null && issuer !== flow.request.issuer) {
    return refuse({ reason: "token_not_for_issuer" });
  }
  const text =
    flow.sealed_private_key && flow.sealed_token
      ? await openAsPoller(pollingCode, flow.sealed_private_key, flow.sealed_token)
      : null;
  const ended = storage.transactionSync(() => {
    const state = readFlow(storage.sql)?.state;
    if (state === "collected") return false;
    if (state === "pending" || state === "consented" || state === "exchanging" || state === "fulfilled") {
      // An exchange that runs finds its flow ended and abandons what it made; if it crashes, the appointment does.
      endFlow(storage.sql, "failed");
      makeDue(storage.sql, "end", nowSeconds());
    }
    return true;
  });
  await setAlarm(storage);
  const present = readFlow(storage.sql);
  if (!ended || !present?.grant_id) return done(null);
  if (text !== null && present.mom_id !== null) await object.mytoken(present.mom_id).endByText(text);
  await object.grant(present.grant_id).abandon();
  return done(null);
}
