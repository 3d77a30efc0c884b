/** The tokeninfo action `notifications` (extended §2.5): for which tokens the caller may see what is subscribed to them. */
import { done, type Result } from "../../errors.ts";
import type { MytokenContext } from "./context.ts";
import { perform, type Performed } from "./perform.ts";
import { performOn, type TargetedRequest } from "./targets.ts";

/** The `mom_id`s of the named tokens in their order, of this one if none are named. */
export function subscriptions(
  object: MytokenContext,
  request: TargetedRequest,
): Promise<Result<Performed<readonly string[]>>> {
  if (request.momIds.length === 0) {
    return perform(object, request, { operation: "subscriptions" }, ({ reservation }) =>
      Promise.resolve(done([reservation.token.mom_id])),
    );
  }
  const use = { below: "subscriptions_below", ofOther: "subscriptions_of_other", purpose: "notifications" } as const;
  return performOn(object, request, use, (tokens) => Promise.resolve(done(tokens.map(({ momId }) => momId))));
}
