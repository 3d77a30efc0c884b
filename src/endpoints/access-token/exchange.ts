/** A mytoken becomes an access token: the walk of DESIGN §4 goes on in the token's own object. */
import type { Result } from "../../errors.ts";
import type { AccessToken } from "../../objects/mytoken/exchange.ts";
import type { Mytoken } from "../../objects/mytoken/mytoken.ts";
import type { Identified } from "../../signer/identify.ts";
import type { Caller } from "../../token/caller.ts";
import type { AccessTokenRequest } from "./request.ts";

export function requestAccessToken(
  mytokens: DurableObjectNamespace<Mytoken>,
  token: Identified,
  request: AccessTokenRequest,
  caller: Caller,
): Promise<Result<AccessToken>> {
  return mytokens.getByName(token.momId).exchange({
    presented: token.presented,
    caller,
    scopes: request.scopes,
    audiences: request.audiences,
    ...(request.issuer === undefined ? {} : { issuer: request.issuer }),
  });
}
