import { describe, expect, it } from "vitest";
import type { AddressSource } from "../../src/config/schemas.ts";
import { callerOf } from "../../src/http/caller.ts";

const CLOUDFLARE: AddressSource = { from: "cloudflare" };
const SOCKET: AddressSource = { from: "socket" };
const PROXY: AddressSource = { from: "header", header: "X-Client-IP", proxy: "127.0.0.1" };

function address(source: AddressSource, headers: Record<string, string>, clientIp?: string): string | null {
  const cf = clientIp === undefined ? {} : { clientIp };
  return callerOf(new Request("https://m.example/", { headers, cf }), source).address;
}

describe("address", () => {
  it.each([
    ["203.0.113.9", "203.0.113.9"],
    [" 203.0.113.9 ", "203.0.113.9"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["::ffff:203.0.113.9", "203.0.113.9"],
    ["203.0.113.9, 10.0.0.1", null],
    ["localhost", null],
    ["0x7f.1", null],
    ["2130706433", null],
    ["", null],
  ])("of CF-Connecting-IP %j is %j", (header, expected) => {
    expect(address(CLOUDFLARE, { "CF-Connecting-IP": header })).toBe(expected);
  });

  it("is never taken from a header that the setting does not name", () => {
    const forged = { "X-Forwarded-For": "10.0.0.1", "X-Real-IP": "10.0.0.1", "X-Client-IP": "10.0.0.1" };
    expect(address(CLOUDFLARE, forged)).toBeNull();
    expect(address(CLOUDFLARE, forged, "198.51.100.1:4711")).toBeNull();
    expect(address(SOCKET, { ...forged, "CF-Connecting-IP": "10.0.0.1" }, "198.51.100.1")).toBe("198.51.100.1");
  });

  it.each([
    ["198.51.100.1:4711", "198.51.100.1"],
    ["[2001:db8::7]:4711", "2001:db8::7"],
    ["2001:db8::7", "2001:db8::7"],
    [undefined, null],
  ])("of the socket %j is %j", (peer, expected) => {
    expect(address(SOCKET, {}, peer)).toBe(expected);
  });

  it("is the proxy's header only from that proxy", () => {
    expect(address(PROXY, { "X-Client-IP": "198.51.100.7" }, "127.0.0.1:80")).toBe("198.51.100.7");
    expect(address(PROXY, { "X-Client-IP": "198.51.100.7", "CF-Connecting-IP": "127.0.0.1" })).toBe("198.51.100.7");
    expect(address(PROXY, { "X-Client-IP": "198.51.100.7" }, "203.0.113.9:80")).toBe("203.0.113.9");
    expect(address(PROXY, { "X-Client-IP": "198.51.100.7, 10.0.0.1" }, "127.0.0.1:80")).toBeNull();
    expect(address(PROXY, {}, "127.0.0.1:80")).toBeNull();
  });
});

describe("country and user agent", () => {
  it.each([
    ["DE", "DE"],
    ["T1", "T1"],
    ["XX", null],
    [undefined, null],
  ])("country %j is %j", (country, expected) => {
    const request = new Request("https://m.example/", { cf: { country } });
    expect(callerOf(request, CLOUDFLARE).country).toBe(expected);
  });

  it("caps the user agent", () => {
    const request = new Request("https://m.example/", { headers: { "User-Agent": "a".repeat(1000) } });
    expect(callerOf(request, CLOUDFLARE).userAgent).toHaveLength(256);
    expect(callerOf(new Request("https://m.example/"), CLOUDFLARE).userAgent).toBe("");
  });
});
