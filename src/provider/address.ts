/** Which addresses the server may send requests to (DESIGN §10 Providers). */

/**
 * Whether an absolute URL is `https:`, or `http:` to this machine where `insecureLoopback` allows that (development).
 * User names, passwords and fragments are never allowed.
 */
export function isAllowedAddress(address: string, insecureLoopback: boolean): boolean {
  if (!URL.canParse(address)) return false;
  const url = new URL(address);
  if (url.username !== "" || url.password !== "" || address.includes("#")) return false;
  if (url.protocol === "https:") return true;
  return insecureLoopback && url.protocol === "http:" && isLoopback(url.hostname);
}

/**
 * Whether a provider is one of development: the settings admit an `http:` issuer only there, so that its issuer alone
 * says whether its endpoints may be on loopback without TLS.
 */
export function isInsecureProvider(issuer: string): boolean {
  return /^http:/i.test(issuer);
}

function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
