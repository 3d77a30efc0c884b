import { env } from "cloudflare:workers";
import { expect, it } from "vitest";
import { countStranger } from "../../src/http/rate-limit.ts";

/** Calls until the first refusal, at most 200. */
async function callsUntilRefused(addresses: (call: number) => string | null): Promise<number> {
  for (let call = 1; call <= 200; call++) {
    const refusal = await countStranger(env.STRANGERS, addresses(call));
    if (refusal === null) continue;
    expect(refusal).toEqual({ reason: "too_many_requests", retryAfterSeconds: 60 });
    return call;
  }
  return Number.POSITIVE_INFINITY;
}

it("refuses after 60 calls of one address", async () => {
  expect(await callsUntilRefused(() => "203.0.113.9")).toBe(61);
  expect(await countStranger(env.STRANGERS, "203.0.113.10")).toBeNull();
});

it("counts IPv6 by /64", async () => {
  expect(await callsUntilRefused((call) => `2001:db8:0:1::${call.toString(16)}`)).toBe(61);
  expect(await countStranger(env.STRANGERS, "2001:db8:0:2::1")).toBeNull();
});

it("counts callers without an address together", async () => {
  expect(await callsUntilRefused(() => null)).toBe(61);
});

it("leaves loopback alone", async () => {
  expect(await callsUntilRefused((call) => (call % 2 === 0 ? "::1" : "127.0.0.1"))).toBe(Number.POSITIVE_INFINITY);
});
