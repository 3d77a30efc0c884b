/** Where the page goes after declining (token-core §7.4); the application's name encoded (QUIRK-27). */
import type { Declined } from "../../objects/authorization/consent.ts";

export function abortedPath({ client, applicationName }: Declined): string {
  if (client === "web") return "/";
  return applicationName ? `/native/abort?application=${encodeURIComponent(applicationName)}` : "/native/abort";
}
