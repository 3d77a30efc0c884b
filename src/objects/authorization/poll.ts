/** The poller asks (token-core §7.8). Its code opens the sealed token; of two polls at once, one collects it. */
import { nowSeconds } from "../../clock.ts";
import { equalText, sha256Text } from "../../crypto/hash.ts";
import { refuse, type Refusal, type Result } from "../../errors.ts";
import { decodeMytoken } from "../../signer/decode.ts";
import type { Caller } from "../../token/caller.ts";
import { deliver, type DeliveredToken } from "../deliver.ts";
import type { AuthorizationContext } from "./context.ts";
import { openAsPoller } from "./polling-key.ts";
import { endFlow, type Flow, readFlow } from "./schema.ts";

/** Collects the finished token, once; else says how the login stands. */
export async function collect(
  object: AuthorizationContext,
  pollingCode: string,
  caller: Caller,
): Promise<Result<DeliveredToken>> {
  const { storage } = object;
  const hash = await sha256Text(pollingCode);
  const flow = readFlow(storage.sql);
  if (!flow?.polling_hash || !equalText(flow.polling_hash, hash)) return refuse({ reason: "code_unknown" });
  const standing = standingOf(flow, nowSeconds());
  if (standing) return refuse(standing);
  if (!flow.sealed_private_key || !flow.sealed_token) return refuse({ reason: "code_unknown" });
  const text = await openAsPoller(pollingCode, flow.sealed_private_key, flow.sealed_token);
  if (text === null) return refuse({ reason: "code_unknown" });

  const token = { text, momId: flow.mom_id ?? "", claims: decodeMytoken(text) };
  // Before the flow ends: if the wanted form cannot be made now, the next poll can try again.
  const delivered = await deliver(object, token, flow.request, caller);
  if (!delivered.ok) return delivered;

  const collected = storage.transactionSync(() => {
    if (readFlow(storage.sql)?.state !== "fulfilled") return false;
    endFlow(storage.sql, "collected");
    return true;
  });
  if (!collected) {
    const present = readFlow(storage.sql);
    return refuse((present && standingOf(present, nowSeconds())) ?? { reason: "code_spent" });
  }
  // Now durable: collected. The event is the token's own; without it the answer is still right.
  await object
    .mytoken(token.momId)
    .note("transfer_code_used", caller)
    .catch(() => undefined);
  return delivered;
}

/** Why the flow gives nothing now; `null` if it is fulfilled and in time. */
function standingOf(flow: Flow, now: number): Refusal | null {
  switch (flow.state) {
    case "pending":
    case "consented":
      return { reason: now > flow.expires ? "code_expired" : "authorization_pending" };
    case "exchanging":
      return { reason: "authorization_pending" };
    case "fulfilled":
      return now > (flow.collect_until ?? 0) ? { reason: "code_expired" } : null;
    case "declined":
      return { reason: "declined" };
    case "expired":
      return { reason: "code_expired" };
    case "failed":
    case "collected":
      return { reason: "code_spent" };
  }
}
