/** The poller asks for its token (token-core §7.8). A code that is not ours reaches no object. */
import type { Config } from "../../config.ts";
import { refuse, type Result } from "../../errors.ts";
import type { Authorization } from "../../objects/authorization/authorization.ts";
import type { DeliveredToken } from "../../objects/deliver.ts";
import type { Caller } from "../../token/caller.ts";
import { flowIdOf } from "../../token/ids.ts";

export async function collectLogin(
  config: Config,
  flows: DurableObjectNamespace<Authorization>,
  pollingCode: string,
  caller: Caller,
): Promise<Result<DeliveredToken>> {
  const flowId = await flowIdOf(config.pepper, "polling", pollingCode);
  if (flowId === null) return refuse({ reason: "code_unknown" });
  return flows.getByName(flowId).collect(pollingCode, caller);
}
