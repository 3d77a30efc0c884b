/** Starts a login in an Authorization object of its own (token-core §7.1). */
import type { Authorization } from "../../objects/authorization/authorization.ts";
import type { Approved } from "../../objects/authorization/consent.ts";
import type { Started } from "../../objects/authorization/start.ts";
import type { Result } from "../../errors.ts";
import type { Caller } from "../../token/caller.ts";
import { newFlowId } from "../../token/ids.ts";
import type { LoginStart } from "./login-request.ts";

type Flows = DurableObjectNamespace<Authorization>;

export interface StartedLogin extends Started {
  readonly flowId: string;
}

/** A started flow. Flow ids are random; one that is taken is drawn again. */
export async function startLogin(flows: Flows, start: LoginStart, caller: Caller): Promise<StartedLogin> {
  for (;;) {
    const flowId = newFlowId();
    const started = await flows.getByName(flowId).start({
      flowId,
      client: start.target === null ? "native" : "web",
      redirectUri: start.target?.uri ?? null,
      request: start.request,
      caller,
    });
    if (started) return { ...started, flowId };
  }
}

/** Approves what was asked for without a consent page: only for a trusted path of our own. */
export function approveAsAsked(flows: Flows, login: StartedLogin, start: LoginStart): Promise<Result<Approved>> {
  return flows.getByName(login.flowId).approve(login.consentCode, start.request);
}
