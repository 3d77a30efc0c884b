import { describe, expect, it } from "vitest";
import { addressText, parseAddress, parseNetwork } from "../../../src/token/restriction/address.ts";
import { coversHost, matchesHosts, parseHost } from "../../../src/token/restriction/hosts.ts";
import { addressesToLookUp } from "../../../src/token/restriction/tighten.ts";

describe("addresses", () => {
  it.each([
    ["10.0.0.1", "10.0.0.1"],
    ["::ffff:10.0.0.1", "10.0.0.1"],
    ["::FFFF:a00:1", "10.0.0.1"],
    ["0:0:0:0:0:ffff:0a00:0001", "10.0.0.1"],
    ["2001:DB8:0::1", "2001:db8::1"],
    ["::1.2.3.4", "::102:304"],
    ["64:ff9b::10.0.0.1", "64:ff9b::a00:1"],
    ["1::ffff:a00:1", "1::ffff:a00:1"],
    ["::ff00:a00:1", "::ff00:a00:1"],
    ["::ff:a00:1", "::ff:a00:1"],
    ["::", "::"],
  ])("%s is %s", (text, canonical) => {
    const address = parseAddress(text);
    expect(address && addressText(address)).toBe(canonical);
  });
  it.each([
    ["010.0.0.1"],
    ["0x0a.0.0.1"],
    ["10.0.1"],
    ["167772161"],
    ["10.0.0.256"],
    ["10.0.0.1:80"],
    ["[::1]"],
    ["fe80::1%eth0"],
    ["::ffff:010.0.0.1"],
    ["::ffff:10.0.0.256"],
    ["1::2::3"],
    ["12345::"],
    [" 10.0.0.1"],
    ["10.0.0.1/32"],
    ["a.example"],
    [""],
    [`${"0".repeat(60)}::1`],
  ])("%j is none", (text) => {
    expect(parseAddress(text)).toBeNull();
  });
});

describe("networks", () => {
  it.each([
    ["10.0.0.0/8", [10, 0, 0, 0], 8],
    ["10.0.0.1/8", [10, 0, 0, 1], 32],
    ["10.0.0.1", [10, 0, 0, 1], 32],
    ["10.128.0.0/9", [10, 128, 0, 0], 9],
    ["10.64.0.0/9", [10, 64, 0, 0], 32],
    ["0.0.0.0/0", [0, 0, 0, 0], 0],
    ["::ffff:10.0.0.0/104", [10, 0, 0, 0], 8],
    ["::ffff:10.0.0.1/90", [10, 0, 0, 1], 32],
    ["::ffff:0:0/96", [0, 0, 0, 0], 0],
  ])("%s", (text, base, prefix) => {
    expect(parseNetwork(text)).toEqual({ base, prefix });
  });
  it.each([["10.0.0.0/33"], ["::/129"], ["10.0.0.0/08"], ["10.0.0.0/"], ["10.0.0.0/-1"], ["10.0.0.0/8/8"], ["/8"]])(
    "%s is none",
    (text) => {
      expect(parseNetwork(text)).toBeNull();
    },
  );
});

describe("a client", () => {
  const client = [10, 0, 0, 1];
  it("whose address decides needs no names", () => {
    expect(matchesHosts(["a.example", "10.0.0.1"], client, undefined)).toBe(true);
    expect(matchesHosts(["*.example", "10.0.0.0/31"], client, undefined)).toBe(true);
    expect(matchesHosts(["10.0.0.2", "192.0.2.0/24"], client, undefined)).toBe(false);
  });
  it("needs names where only they can decide", () => {
    expect(matchesHosts(["10.0.0.2", "a.example"], client, undefined)).toBeUndefined();
    expect(matchesHosts(["*"], client, undefined)).toBeUndefined();
  });
  it("needs none for an entry that names nobody", () => {
    expect(matchesHosts(["", "."], client, undefined)).toBe(false);
    expect(matchesHosts([""], client, [".", ""])).toBe(false);
  });
  it("without names or address matches no name", () => {
    expect(matchesHosts(["*"], client, null)).toBe(false);
    expect(matchesHosts(["*"], client, [])).toBe(false);
    expect(matchesHosts(["*", "a.example", "0.0.0.0/0", "::/0"], null, ["a.example."])).toBe(false);
    expect(matchesHosts(["a.example"], null, undefined)).toBe(false);
  });
  it("is at any address of its family", () => {
    const v6 = parseAddress("2001:db8::1");
    expect(matchesHosts(["0.0.0.0/0"], client, null)).toBe(true);
    expect(matchesHosts(["::/0"], v6, null)).toBe(true);
    expect(matchesHosts(["0.0.0.0/0"], v6, null)).toBe(false);
    expect(matchesHosts(["::/0"], client, null)).toBe(false);
  });
  it("is at the edges of a network and not beyond", () => {
    for (const [address, inside] of [
      ["10.63.255.255", false],
      ["10.64.0.0", true],
      ["10.127.255.255", true],
      ["10.128.0.0", false],
    ] as const) {
      expect(matchesHosts(["10.64.0.0/10"], parseAddress(address), null)).toBe(inside);
    }
  });
  it.each([
    ["NODE.Example.COM", "node.example.com.", true],
    ["node.example.com.", "Node.example.com.", true],
    ["*.example.com", "a.b.EXAMPLE.com.", true],
    ["*.example.com", "example.com.", false],
    ["*example.com", "evilexample.com.", true],
    ["*.example.com", "a.example.com.evil.", false],
    ["a*.example.com", "ab.example.com.", false],
    ["*", "localhost", false],
    ["*host", "localhost", true],
  ])("%s is %s: %s", (entry, reverse, expected) => {
    expect(matchesHosts([entry], client, ["other", reverse])).toBe(expected);
  });
});

describe("an entry covers another", () => {
  const names = new Map([
    ["10.0.0.1", ["Node.example.com.", "alias.example.org."]],
    ["2001:db8::1", ["six.example.com."]],
  ]);
  const covers = (outer: string, inner: string) => coversHost(parseHost(outer), parseHost(inner), names);
  it.each([
    ["10.0.0.1", "10.0.0.1/32", true],
    ["10.0.0.1/32", "10.0.0.1", true],
    ["2001:db8::1", "2001:db8::1/128", true],
    ["10.0.0.0/24", "10.0.0.0/23", false],
    ["10.0.0.0/24", "10.0.0.5/8", true],
    ["alias.example.org", "10.0.0.1", true],
    ["alias.example.org", "10.0.0.1/32", true],
    ["alias.example.org", "10.0.0.0/31", false],
    ["*.example.org", "10.0.0.1", true],
    ["*.example.com", "2001:DB8::1", true],
    ["alias.example.org", "10.0.0.2", false],
    ["10.0.0.1", "alias.example.org", false],
    ["10.0.0.0/31", "alias.example.org", false],
    ["10.0.0.1", "*.example.org", false],
    ["10.0.0.0/8", "*", false],
    ["a.example", "*.example", false],
    ["*.example", "*.EXAMPLE", true],
    ["*example", "*.example", true],
    ["*.example", "*example", false],
    ["*", "a.example", true],
    ["", "", true],
    ["", "10.0.0.2", false],
    ["10.0.0.2", "", false],
  ])("%j, %j: %s", (outer, inner, expected) => {
    expect(covers(outer, inner)).toBe(expected);
  });
});

describe("addresses to look up", () => {
  const lookUp = (parent: string[], wanted: string[]) =>
    addressesToLookUp([{ hosts: parent }], [{}, { hosts: wanted }]);
  it.each([
    [
      "child addresses under names",
      ["*.example"],
      ["10.0.0.1", "10.0.0.1/32", "::ffff:10.0.0.2"],
      ["10.0.0.1", "10.0.0.2"],
    ],
    ["not for parent addresses", ["2001:DB8::1", "10.0.0.1", "b.example"], ["a.example"], []],
    ["not where a network covers", ["*.example", "10.0.0.0/8"], ["10.0.0.1", "11.0.0.1"], ["11.0.0.1"]],
    ["of a mixed list", ["a.example", "10.0.0.1"], ["b.example", "*.example", "10.0.0.2"], ["10.0.0.2"]],
    ["not for networks", ["a.example"], ["10.0.0.0/8"], []],
    ["not for empty entries", ["", "10.0.0.1"], ["", "10.0.0.2"], []],
    ["not without names", ["10.0.0.1"], ["10.0.0.2"], []],
  ])("%s", (_what, parent, wanted, addresses) => {
    expect(lookUp(parent, wanted)).toEqual(addresses);
  });
});
