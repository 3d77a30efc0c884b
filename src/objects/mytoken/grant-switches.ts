/** The user's grant types, seen and switched by one of the user's tokens (extended §3.3). */
import { type GrantSwitch, readGrantSwitches, storeGrantSwitch } from "../../directory/grants.ts";
import type { Result } from "../../errors.ts";
import { fromDirectory } from "./ask-directory.ts";
import type { MytokenContext } from "./context.ts";
import { perform, type Performed } from "./perform.ts";
import type { UseRequest } from "./reserve.ts";

export function listGrantSwitches(
  object: MytokenContext,
  request: UseRequest,
): Promise<Result<Performed<readonly GrantSwitch[]>>> {
  return perform(object, request, { operation: "grant_list" }, ({ reservation }) =>
    fromDirectory(readGrantSwitches(object.directory, reservation.token.owner)),
  );
}

/** Idempotent. */
export function switchGrant(
  object: MytokenContext,
  request: UseRequest,
  change: GrantSwitch,
): Promise<Result<Performed<void>>> {
  const operation = change.enabled ? "grant_enable" : "grant_disable";
  return perform(object, request, { operation, comment: change.grantType }, ({ reservation }) =>
    fromDirectory(storeGrantSwitch(object.directory, reservation.token.owner, change)),
  );
}
