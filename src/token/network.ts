/** Which addresses count as one caller: an IPv4 address, or the /64 of an IPv6 address (RFC 6177 §2). */
import ipaddr from "ipaddr.js";

/** The network of an address as text; the text itself if it is no address; empty if there is none. */
export function networkOf(address: string | null): string {
  if (address === null) return "";
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${parsed.toString()}/64`).toString()}/64`;
}
