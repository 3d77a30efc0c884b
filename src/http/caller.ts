/** Who sends a request, as far as the network shows it. */
import ipaddr from "ipaddr.js";
import type { AddressSource } from "../config/schemas.ts";
import type { Caller } from "../token/caller.ts";

const USER_AGENT_LIMIT = 256;

/** Address, country and user agent of a request; the address as CLIENT_ADDRESS says. */
export function callerOf(request: Request, source: AddressSource): Caller {
  return {
    address: addressOf(request, source),
    country: countryOf(request),
    userAgent: (request.headers.get("User-Agent") ?? "").slice(0, USER_AGENT_LIMIT),
  };
}

function addressOf(request: Request, source: AddressSource): string | null {
  switch (source.from) {
    case "cloudflare":
      return canonical(request.headers.get("CF-Connecting-IP"));
    case "socket":
      return peerOf(request);
    case "header": {
      const peer = peerOf(request) ?? canonical(request.headers.get("CF-Connecting-IP"));
      return peer === source.proxy ? canonical(request.headers.get(source.header)) : peer;
    }
  }
}

/** The other end of the connection, which workerd gives with its port. */
function peerOf(request: Request): string | null {
  const peer = request.cf?.["clientIp"];
  if (typeof peer !== "string") return null;
  return canonical(/^\[(.+)\](?::\d+)?$/.exec(peer)?.[1] ?? /^([\d.]+):\d+$/.exec(peer)?.[1] ?? peer);
}

/** One address in its one spelling, an IPv4 address in IPv6 clothes as IPv4; a list or anything else is `null`. */
function canonical(text: string | null): string | null {
  if (text === null) return null;
  const trimmed = text.trim();
  const parsable = trimmed.includes(":") ? ipaddr.IPv6.isValid(trimmed) : ipaddr.IPv4.isValidFourPartDecimal(trimmed);
  return parsable ? ipaddr.process(trimmed).toString() : null;
}

function countryOf(request: Request): string | null {
  const country = request.cf?.country;
  return typeof country === "string" && /^[A-Z][A-Z0-9]$/.test(country) && country !== "XX" ? country : null;
}
