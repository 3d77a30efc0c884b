/**
 * Reverse DNS over HTTPS (RFC 8484, in the JSON form that public resolvers offer): the names of an address, each
 * confirmed by its forward records, so that nobody can name their address after somebody else's host (QUIRK-14).
 */
import ipaddr from "ipaddr.js";
import * as v from "valibot";
import { nowSeconds } from "../clock.ts";
import { withTimeLimit } from "../time-limit.ts";

/** Names looked at, and time in all, seconds and milliseconds (DESIGN §4). */
const MAXIMUM_NAMES = 5;
const LIMIT_MILLISECONDS = 1000;
const MAXIMUM_TTL_SECONDS = 300;
const REMEMBERED_ADDRESSES = 500;
const RECORD_TYPE = { A: 1, PTR: 12, AAAA: 28 } as const;

const answerSchema = v.object({
  Status: v.number(),
  Answer: v.optional(v.array(v.object({ type: v.number(), TTL: v.optional(v.number(), 0), data: v.string() })), []),
});

interface Remembered {
  readonly names: readonly string[];
  readonly until: number;
}

/** Per isolate, bounded; positive answers only, by their TTL. */
const remembered = new Map<string, Remembered>();

/**
 * The forward-confirmed names of an address, absolute (with final dot). An unknown address, a failure or no answer in
 * time are no names.
 */
export async function confirmedNames(dnsOverHttpsUrl: string, address: string | null): Promise<readonly string[]> {
  if (address === null || !ipaddr.isValid(address)) return [];
  const canonical = ipaddr.process(address);
  const known = remembered.get(canonical.toString());
  if (known && nowSeconds() <= known.until) return known.names;
  try {
    return await withTimeLimit(LIMIT_MILLISECONDS, (signal) => askResolver(dnsOverHttpsUrl, canonical, signal));
  } catch {
    return [];
  }
}

async function askResolver(
  url: string,
  address: ipaddr.IPv4 | ipaddr.IPv6,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const candidates = (await query(url, reverseName(address), "PTR", signal)).slice(0, MAXIMUM_NAMES);
  const type = address.kind() === "ipv4" ? "A" : "AAAA";
  const confirmed = await Promise.all(
    candidates.map(async ({ data, TTL }) => {
      const forward = await query(url, data, type, signal);
      const own = forward.filter((record) => isSameAddress(record.data, address));
      return own.map((record) => ({ name: absolute(data), ttlSeconds: Math.min(TTL, record.TTL) })).slice(0, 1);
    }),
  );
  const names = confirmed.flat().map(({ name }) => name);
  // As long as the shortest-lived record that they rest on.
  const ttlSeconds = Math.min(...confirmed.flat().map((one) => one.ttlSeconds), MAXIMUM_TTL_SECONDS);
  if (names.length > 0) remember(address.toString(), names, ttlSeconds);
  return names;
}

function remember(address: string, names: readonly string[], ttlSeconds: number): void {
  const oldest = remembered.keys().next();
  if (remembered.size >= REMEMBERED_ADDRESSES && !oldest.done) remembered.delete(oldest.value);
  remembered.set(address, { names, until: nowSeconds() + ttlSeconds });
}

async function query(url: string, name: string, type: keyof typeof RECORD_TYPE, signal: AbortSignal) {
  const address = new URL(url);
  address.searchParams.set("name", name);
  address.searchParams.set("type", type);
  const headers = { accept: "application/dns-json" };
  const response = await fetch(address, { headers, redirect: "manual", signal });
  const { Status, Answer } = v.parse(answerSchema, await response.json());
  return Status === 0 ? Answer.filter((record) => record.type === RECORD_TYPE[type]) : [];
}

/** The name under `in-addr.arpa` (RFC 1035 §3.5) or `ip6.arpa` (RFC 3596 §2.5). */
function reverseName(address: ipaddr.IPv4 | ipaddr.IPv6): string {
  if (address instanceof ipaddr.IPv4) return `${address.octets.toReversed().join(".")}.in-addr.arpa`;
  const nibbles = address.toByteArray().flatMap((byte) => [byte >> 4, byte & 15]);
  return `${nibbles
    .toReversed()
    .map((nibble) => nibble.toString(16))
    .join(".")}.ip6.arpa`;
}

function isSameAddress(text: string, address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return ipaddr.isValid(text) && ipaddr.process(text).toString() === address.toString();
}

function absolute(name: string): string {
  return name.endsWith(".") ? name : `${name}.`;
}
