import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { countHolder, countStranger } from "../../src/http/rate-limit.ts";

/** Calls of one period until the first refusal, of at most 200. The binding counts by the minute of the clock. */
async function callsUntilRefused(addresses: (call: number) => string | null): Promise<number> {
  let begun = { minute: minute(), call: 0 };
  for (let call = 1; call <= 200; call++) {
    if (begun.minute !== minute()) begun = { minute: minute(), call: call - 1 };
    const refusal = await countStranger(env.STRANGERS, addresses(call));
    if (refusal === null) continue;
    expect(refusal).toEqual({ reason: "too_many_requests", retryAfterSeconds: 60 });
    return call - begun.call;
  }
  return Number.POSITIVE_INFINITY;
}

function minute(): number {
  return Math.floor(Date.now() / 60_000);
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

describe("holders of a token", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  /** A binding that admits `limit` calls for each key and counts what it was asked. */
  function binding(limit: number) {
    const asked = new Map<string, number>();
    const admit = ({ key }: { key: string }) => {
      asked.set(key, (asked.get(key) ?? 0) + 1);
      return Promise.resolve({ success: (asked.get(key) ?? 0) <= limit });
    };
    return { asked, limit: admit };
  }

  async function admitted(holders: RateLimit, hash: string, calls: number): Promise<number> {
    let count = 0;
    for (let call = 0; call < calls; call++) if ((await countHolder(holders, hash)) === null) count++;
    return count;
  }

  it("are not asked about while they are few, and counted by the hash of the text when they are many", async () => {
    const holders = binding(4);
    expect(await admitted(holders, "hash", 60)).toBe(60);
    expect(holders.asked.size).toBe(0);
    expect(await admitted(holders, "hash", 99)).toBe(99);
    expect(holders.asked.size).toBe(0);
    // Once for a hundred uses that were made: four times admitted, then refused.
    expect(await admitted(holders, "hash", 451)).toBe(400);
    expect([...holders.asked]).toEqual([["hash", 5]]);
    expect(await admitted(holders, "another hash", 60)).toBe(60);
  });

  it("begin anew in the next period", async () => {
    const holders = binding(0);
    expect(await admitted(holders, "a busy token", 170)).toBe(159);
    vi.setSystemTime(Date.now() + 61_000);
    expect(await admitted(holders, "a busy token", 1)).toBe(1);
  });
});
