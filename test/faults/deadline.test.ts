/** The bound of the short version. */
import { expect, it } from "vitest";
import { deadlineIn } from "./deadline.ts";
import { sleep } from "./history.ts";

it("says what was not over in time", async () => {
  const deadline = deadlineIn(30);
  await expect(deadline.within(Promise.resolve("done"))).resolves.toBe("done");
  await expect(deadline.within(sleep(10_000), "round 1")).rejects.toThrow("30 ms: round 1");
});

it("begins nothing that may not be over in time", () => {
  expect(deadlineIn(10_000).leaves(9000)).toBe(true);
  expect(deadlineIn(10_000).leaves(10_001)).toBe(false);
});
