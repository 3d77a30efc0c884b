/** IP addresses as bytes: 4 for IPv4 and for IPv4-mapped IPv6, 16 for other IPv6. */
import ipaddr from "ipaddr.js";

export type Address = readonly number[];

export interface Network {
  readonly base: Address;
  /** Leading bits that count; all of them for a single address. */
  readonly prefix: number;
}

/** No address or network is written with more; spares the parser long texts. */
const MAX_CHARACTERS = 64;

/** Bytes of an address text. `null` for other text: also with a zone, a port, brackets or leading zeros in IPv4. */
export function parseAddress(text: string): Address | null {
  const bytes = parseBytes(text);
  return bytes !== null && isMapped(bytes) ? bytes.slice(12) : bytes;
}

/**
 * An address or CIDR text as network. A CIDR text with host bits set is that one address (token-core QUIRK-12);
 * a full-length prefix and the bare address are the same (semantics Q10). `null` for other text.
 */
export function parseNetwork(text: string): Network | null {
  const slash = text.lastIndexOf("/");
  const bytes = parseBytes(slash < 0 ? text : text.slice(0, slash));
  if (bytes === null) return null;
  const length = bytes.length * 8;
  const prefix = slash < 0 ? length : parsePrefix(text.slice(slash + 1));
  if (prefix === null || prefix > length) return null;
  const counted = hasHostBits(bytes, prefix) ? length : prefix;
  // A mapped address whose host bits are clear has a prefix of at least 96.
  return isMapped(bytes) ? { base: bytes.slice(12), prefix: counted - 96 } : { base: bytes, prefix: counted };
}

export function isSingle(network: Network): boolean {
  return network.prefix === network.base.length * 8;
}

/** Whether every address of `inner` lies in `outer`. IPv4 and IPv6 never contain each other. */
export function containsNetwork(outer: Network, inner: Network): boolean {
  return inner.prefix >= outer.prefix && contains(outer, inner.base);
}

export function contains({ base, prefix }: Network, address: Address): boolean {
  if (base.length !== address.length) return false;
  const whole = prefix >> 3;
  for (let i = 0; i < whole; i++) if (base[i] !== address[i]) return false;
  const rest = 8 - (prefix & 7);
  return rest === 8 || (base[whole] ?? 0) >> rest === (address[whole] ?? 0) >> rest;
}

/** One text per address, whatever its spelling was: lower case, compressed. */
export function addressText(address: Address): string {
  return ipaddr.fromByteArray([...address]).toString();
}

function parseBytes(text: string): number[] | null {
  if (text.length > MAX_CHARACTERS) return null;
  if (!text.includes(":")) return isFourPart(text) ? ipaddr.IPv4.parse(text).toByteArray() : null;
  const native = withoutDottedTail(text);
  if (native === null || native.includes("%") || !ipaddr.IPv6.isValid(native)) return null;
  return ipaddr.IPv6.parse(native).toByteArray();
}

function isFourPart(text: string): boolean {
  return ipaddr.IPv4.isValidFourPartDecimal(text);
}

/** ipaddr.js is lax where IPv6 ends in an IPv4 address: it takes leading zeros, and `::1.2.3.4` for the mapped one. */
function withoutDottedTail(text: string): string | null {
  if (!text.includes(".")) return text;
  const colon = text.lastIndexOf(":");
  const tail = text.slice(colon + 1);
  if (!isFourPart(tail)) return null;
  const [a = 0, b = 0, c = 0, d = 0] = ipaddr.IPv4.parse(tail).octets;
  return `${text.slice(0, colon + 1)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
}

function parsePrefix(text: string): number | null {
  return /^(0|[1-9]\d{0,2})$/.test(text) ? Number(text) : null;
}

function hasHostBits(bytes: Address, prefix: number): boolean {
  return bytes.some((byte, i) => (byte & (0xff >> Math.min(8, Math.max(0, prefix - i * 8)))) !== 0);
}

function isMapped(bytes: Address): boolean {
  return bytes.length === 16 && bytes[10] === 0xff && bytes[11] === 0xff && bytes.slice(0, 10).every((b) => b === 0);
}
