/** `geoip_allow` and `geoip_disallow` (semantics §1.6), compared without regard to letter case (Q8). */

/** What an unknown country is called. */
const UNKNOWN = "-";

/** The code in upper case; missing, empty and Cloudflare's `XX` are unknown. `T1` (Tor) is a value like any other. */
export function countryCode(country: string | null): string {
  const code = (country ?? "").toUpperCase();
  return code === "" || code === "XX" ? UNKNOWN : code;
}

/** Whether an allow list admits the country: an empty one any, others never an unknown one. */
export function isCountryAllowed(allow: readonly string[], country: string | null): boolean {
  if (allow.length === 0) return true;
  const code = countryCode(country);
  return code !== UNKNOWN && isListed(allow, code);
}

/** Whether a disallow list blocks the country; it can list the unknown one as `-` or `XX`. */
export function isCountryBlocked(disallow: readonly string[], country: string | null): boolean {
  return isListed(disallow, countryCode(country));
}

function isListed(list: readonly string[], code: string): boolean {
  return list.some((entry) => countryCode(entry) === code);
}
