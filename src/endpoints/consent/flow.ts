/** The Authorization object of a consent code. A code that is not ours reaches no object. */
import type { Config } from "../../config.ts";
import type { Authorization } from "../../objects/authorization/authorization.ts";
import { flowIdOf } from "../../token/ids.ts";

export async function flowOfConsentCode(
  config: Config,
  flows: DurableObjectNamespace<Authorization>,
  consentCode: string,
): Promise<DurableObjectStub<Authorization> | null> {
  const flowId = await flowIdOf(config.pepper, "consent", consentCode);
  return flowId === null ? null : flows.getByName(flowId);
}
