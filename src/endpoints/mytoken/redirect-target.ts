/** Where a web flow may return to (DESIGN §8): a path of our own, or an https address whose host the consent page names. */
import type { Config } from "../../config.ts";
import { isLoopbackHost } from "../../config/schemas.ts";
import { badRequest, done, type Result } from "../../errors.ts";

export interface RedirectTarget {
  readonly uri: string;
  /** Whether consent may be skipped: a path of our own, exactly as the operator listed it. */
  readonly trusted: boolean;
}

export function redirectTarget(config: Config, uri: string): Result<RedirectTarget> {
  if (/^\/(?![/\\])[^\\\s]*$/.test(uri)) return done({ uri, trusted: config.trustedRedirectPaths.includes(uri) });
  if (!URL.canParse(uri) || /[\s\\]/.test(uri)) return badRequest("redirect_uri is not acceptable");
  const { protocol, hostname } = new URL(uri);
  const acceptable = protocol === "https:" || (protocol === "http:" && isLoopbackHost(hostname));
  return acceptable ? done({ uri, trusted: false }) : badRequest("redirect_uri must be https");
}
