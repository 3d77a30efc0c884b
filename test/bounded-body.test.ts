import { describe, expect, it } from "vitest";
import { readBounded } from "../src/bounded-body.ts";

const LIMIT = 100;

/** An answer of many chunks of 10 bytes, and how many were taken of it. */
function chunked(chunks: number, headers: Record<string, string>) {
  const seen = { taken: 0, isCancelled: false };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (seen.taken === chunks) return controller.close();
      seen.taken += 1;
      controller.enqueue(new Uint8Array(10).fill(seen.taken));
    },
    cancel() {
      seen.isCancelled = true;
    },
  });
  return { seen, message: new Response(body, { headers }) };
}

describe("a body", () => {
  it.each<[string, Record<string, string>]>([
    ["with its length declared", { "Content-Length": "100" }],
    ["without", {}],
    ["with a length that is none", { "Content-Length": "100, 100" }],
    ["with a transfer coding", { "Transfer-Encoding": "chunked" }],
  ])("of the limit is read whole: %s", async (_name, headers) => {
    const { message } = chunked(10, headers);
    const bytes = await readBounded(message, LIMIT);
    expect([bytes?.length, bytes?.[0], bytes?.at(-1)]).toEqual([100, 1, 10]);
  });

  it("may be empty", async () => {
    expect(await readBounded(new Response(null), LIMIT)).toEqual(new Uint8Array(0));
    expect(await readBounded(new Response("", { headers: { "Content-Length": "0" } }), LIMIT)).toEqual(
      new Uint8Array(0),
    );
  });

  it.each<[string, Record<string, string>]>([
    ["without a length", {}],
    [
      "with a length that a transfer coding overrides (RFC 9112 §6.3)",
      { "Content-Length": "5", "Transfer-Encoding": "chunked" },
    ],
    ["with a length that is of something packed", { "Content-Length": "5", "Content-Encoding": "identity" }],
  ])("that is too long is read no further than the limit, and let go: %s", async (_name, headers) => {
    const { message, seen } = chunked(1000, headers);
    expect(await readBounded(message, LIMIT)).toBeNull();
    expect(seen.taken).toBeLessThan(20);
    expect(seen.isCancelled).toBe(true);
  });

  it("that says that it is too long is not read at all, nor cut off: its sender may wait for an answer", async () => {
    const { message, seen } = chunked(1000, { "Content-Length": "10000" });
    expect(await readBounded(message, LIMIT)).toBeNull();
    expect(seen.taken).toBeLessThan(3);
    expect(seen.isCancelled).toBe(false);
  });

  it("that is longer than it says is too long all the same", async () => {
    expect(await readBounded(chunked(11, { "Content-Length": "5" }).message, LIMIT)).toBeNull();
  });
});
