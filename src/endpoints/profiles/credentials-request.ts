/** Who may write the templates of a group: whoever knows its password (semantics §5.5, Q19). */
import { nowSeconds } from "../../clock.ts";
import { utf8Text } from "../../crypto/encoding.ts";
import { equalText, sha256Text } from "../../crypto/hash.ts";
import type { Refusal } from "../../errors.ts";
import { callerOf } from "../../http/caller.ts";
import type { EdgeContext } from "../../http/context.ts";
import { countStranger } from "../../http/rate-limit.ts";
import { networkOf } from "../../token/network.ts";
import { block, blockedSeconds } from "./guessers.ts";

interface Credentials {
  readonly group: string;
  readonly password: string;
}

/** Why the request may not write to `group`; `null`: it may. Wrong passwords are counted, missing ones are not. */
export async function writeRefusal(context: EdgeContext, group: string): Promise<Refusal | null> {
  const config = context.get("config");
  const given = basicCredentials(context.req.header("Authorization") ?? "");
  if (given === null) return { reason: "group_credentials_wrong" };
  const { address } = callerOf(context.req.raw, config.clientAddress);
  const wait = blockedSeconds(networkOf(address), nowSeconds());
  if (wait > 0) return { reason: "too_many_requests", retryAfterSeconds: wait };
  if (await areGood(config.profileGroups, given)) return given.group === group ? null : { reason: "group_forbidden" };
  const limited = await countStranger(context.env.STRANGERS, address);
  if (limited?.reason === "too_many_requests") block(networkOf(address), nowSeconds() + limited.retryAfterSeconds);
  return limited ?? { reason: "group_credentials_wrong" };
}

/** Hashes have one length, so that the comparison tells nothing of the password's. */
async function areGood(groups: ReadonlyMap<string, string>, { group, password }: Credentials): Promise<boolean> {
  const configured = groups.get(group) ?? "";
  const same = equalText(await sha256Text(configured), await sha256Text(password));
  return same && configured !== "";
}

/** RFC 7617 §2. */
function basicCredentials(header: string): Credentials | null {
  const encoded = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(header)?.[1];
  if (encoded === undefined) return null;
  try {
    const text = utf8Text(Uint8Array.from(atob(encoded), (character) => character.charCodeAt(0)));
    const colon = text.indexOf(":");
    return colon < 0 ? null : { group: text.slice(0, colon), password: text.slice(colon + 1) };
  } catch {
    return null;
  }
}
