/** How the server proves to a provider who it is (DESIGN §8). */
import * as oauth from "oauth4webapi";
import { utf8 } from "../crypto/encoding.ts";
import type { ProviderSettings } from "./settings.ts";

/** The configured client authentication, for the requests of oauth4webapi. */
export function clientAuthentication(provider: ProviderSettings): oauth.ClientAuth {
  return methods[provider.client_authentication](provider.client_secret);
}

const methods = {
  basic_raw: basicWithoutEncoding,
  basic: oauth.ClientSecretBasic,
  post: oauth.ClientSecretPost,
} satisfies Record<ProviderSettings["client_authentication"], (secret: string) => oauth.ClientAuth>;

/** RFC 7617 over the credentials as they are: RFC 6749 §2.3.1 wants them form-encoded first, the reference and many providers do not. */
function basicWithoutEncoding(secret: string): oauth.ClientAuth {
  return (_server, client, _body, headers) => {
    const credentials = String.fromCharCode(...utf8(`${client.client_id}:${secret}`));
    headers.set("authorization", `Basic ${btoa(credentials)}`);
  };
}
