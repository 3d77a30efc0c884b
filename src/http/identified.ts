/** From the presented text to the token's object; strangers are counted (DESIGN §10). */
import { nowSeconds } from "../clock.ts";
import { done, refuse, type Result } from "../errors.ts";
import { identify, type Identified } from "../signer/identify.ts";
import type { Caller } from "../token/caller.ts";
import type { EdgeContext } from "./context.ts";
import type { PresentedToken } from "./presented-token.ts";
import { countHolder, countStranger } from "./rate-limit.ts";

/** An identified token and where it stood. */
export type IdentifiedFrom = Identified & { readonly from: PresentedToken["from"] };

/** The first of several candidates that decides: one that is no short token of ours is passed over (token-core §5.1). */
export async function identifyFirst(
  context: EdgeContext,
  candidates: readonly PresentedToken[],
  caller: Caller,
): Promise<Result<IdentifiedFrom>> {
  let description = "token not valid";
  for (const { text, from } of candidates) {
    const found = await identify(context.get("config"), text, nowSeconds());
    if (found.ok) {
      const limited = await countHolder(context.env.HOLDERS, found.token.textHash);
      return limited ? refuse(limited) : done({ ...found.token, from });
    }
    description = found.description;
    if (found.kind === "invalid_jwt") break;
  }
  const limited = await countStranger(context.env.STRANGERS, caller.address);
  return refuse(limited ?? { reason: "invalid_token", description });
}

/** `identifyFirst` of the one place that counts. */
export async function identifyPresented(
  context: EdgeContext,
  presented: Result<PresentedToken>,
  caller: Caller,
): Promise<Result<IdentifiedFrom>> {
  return presented.ok ? identifyFirst(context, [presented.value], caller) : presented;
}
