/** How long callers and turns wait (DESIGN §4); the clock is the test's. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type QueueLimits, RefreshQueue, type Waited } from "../../src/objects/grant/queue.ts";

const LIMITS: QueueLimits = {
  parallel: 1,
  turnMilliseconds: 3000,
  answerMilliseconds: 5000,
  limitMilliseconds: 30_000,
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A provider that says nothing until the signal ends the asking; when that was, in milliseconds since it was asked. */
function silence() {
  const ends: number[] = [];
  let passed = 0;
  const queue = new RefreshQueue<string, string>(async (_, begun) => {
    const signal = begun();
    await new Promise<void>((resolve) => {
      signal.addEventListener("abort", () => {
        ends.push(passed);
        resolve();
      });
    });
  });
  const seen: (Waited<string>["kind"] | undefined)[] = [];
  const wait = (limits: QueueLimits): void => {
    const at = seen.push(undefined) - 1;
    void queue.wait(`key ${at}`, "request", limits, () => undefined).then(({ kind }) => (seen[at] = kind));
  };
  const pass = async (milliseconds: number): Promise<void> => {
    for (const until = passed + milliseconds; passed < until;) {
      passed += 100;
      await vi.advanceTimersByTimeAsync(100);
    }
  };
  return { ends, seen, wait, pass };
}

it("a caller gives up after 5 s, the turn goes on until 30 s, and who comes meanwhile waits 3 s for the next", async () => {
  const { ends, seen, wait, pass } = silence();
  wait(LIMITS);
  await pass(4900);
  expect([seen, ends]).toEqual([[undefined], []]);
  await pass(200);
  expect([seen, ends]).toEqual([["no_answer"], []]);
  wait(LIMITS);
  await pass(3100);
  expect([seen, ends]).toEqual([["no_answer", "no_turn"], []]);
  await pass(21_700);
  expect(ends).toEqual([]);
  await pass(200);
  expect(ends).toEqual([30_000]);
});

it("the next turn begins when the limit has ended the one before", async () => {
  const { seen, wait, pass } = silence();
  const patient = { ...LIMITS, turnMilliseconds: 60_000 };
  wait(patient);
  wait(patient);
  await pass(34_900);
  expect(seen).toEqual(["no_answer", undefined]);
  await pass(200);
  expect(seen).toEqual(["no_answer", "no_answer"]);
});

it("a limit that is shorter than the patience of callers ends both", async () => {
  const { ends, seen, wait, pass } = silence();
  wait({ ...LIMITS, limitMilliseconds: 2000 });
  await pass(1900);
  expect([seen, ends]).toEqual([[undefined], []]);
  await pass(200);
  expect([seen, ends.length]).toEqual([["no_answer"], 1]);
});
