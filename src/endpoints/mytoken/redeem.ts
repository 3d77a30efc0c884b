/** A transfer code becomes its token (token-core §6.4): KV knows where it leads, the token's object decides. */
import { getTransferCode, looksLikeTransferCode, transferKey } from "../../codes/transfer-codes.ts";
import type { Config } from "../../config.ts";
import { refuse, type Result } from "../../errors.ts";
import type { Mytoken } from "../../objects/mytoken/mytoken.ts";
import type { IssuedToken } from "../../objects/mytoken/rotate.ts";
import type { Caller } from "../../token/caller.ts";

export interface CodeStores {
  readonly codes: KVNamespace;
  readonly mytokens: DurableObjectNamespace<Mytoken>;
}

export async function redeemTransferCode(
  config: Config,
  { codes, mytokens }: CodeStores,
  code: string,
  caller: Caller,
): Promise<Result<IssuedToken>> {
  if (!looksLikeTransferCode(code)) return refuse({ reason: "code_unknown" });
  let record: Awaited<ReturnType<typeof getTransferCode>>;
  try {
    record = await getTransferCode(codes, config.pepper, code);
  } catch {
    return refuse({ reason: "temporarily_unavailable", retryAfterSeconds: 5 });
  }
  if (!record) return refuse({ reason: "code_unknown" });
  const key = await transferKey(config.pepper, code);
  return mytokens.getByName(record.momId).redeem(key, record.text, caller);
}
