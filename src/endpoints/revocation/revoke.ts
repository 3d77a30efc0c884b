/** Revocation by what was presented: a token, or a code that stands for one (token-core §10). */
import { getTransferCode, looksLikeTransferCode, transferKey } from "../../codes/transfer-codes.ts";
import type { Config } from "../../config.ts";
import { done, refuse, type Result } from "../../errors.ts";
import type { Authorization } from "../../objects/authorization/authorization.ts";
import type { Mytoken } from "../../objects/mytoken/mytoken.ts";
import type { Identified } from "../../signer/identify.ts";
import type { Caller } from "../../token/caller.ts";
import { flowIdOf } from "../../token/ids.ts";

export interface RevocationStores {
  readonly codes: KVNamespace;
  readonly mytokens: DurableObjectNamespace<Mytoken>;
  readonly flows: DurableObjectNamespace<Authorization>;
}

/** Ends the presented token; what is no live token changes nothing and is no error (RFC 7009 §2.2). */
export async function revokeToken(
  { mytokens }: RevocationStores,
  token: Identified,
  request: { readonly recursive: boolean; readonly issuer: string | null },
  caller: Caller,
): Promise<Result<null>> {
  const use = {
    presented: token.presented,
    caller,
    ...(request.issuer === null ? {} : { issuer: request.issuer }),
  };
  const revoked = await mytokens.getByName(token.momId).revoke(use, request.recursive);
  return revoked.ok ? done(null) : revoked;
}

/**
 * Takes a code back: a polling code ends its login, a transfer code of a new token ends that token, any other code is
 * just gone. What is no code of ours changes nothing.
 */
export async function revokeCode(
  config: Config,
  stores: RevocationStores,
  code: string,
  issuer: string | null,
): Promise<Result<null>> {
  const flowId = await flowIdOf(config.pepper, "polling", code);
  if (flowId !== null) {
    return stores.flows.getByName(flowId).withdraw(code, issuer);
  }
  if (!looksLikeTransferCode(code)) return done(null);
  let record: Awaited<ReturnType<typeof getTransferCode>>;
  try {
    record = await getTransferCode(stores.codes, config.pepper, code);
  } catch {
    return refuse({ reason: "temporarily_unavailable", retryAfterSeconds: 5 });
  }
  if (!record) return done(null);
  const key = await transferKey(config.pepper, code);
  return stores.mytokens.getByName(record.momId).withdraw(key, record.text, issuer);
}
