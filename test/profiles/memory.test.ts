import { expect, it } from "vitest";
import { forget, recall, remember } from "../../src/profiles/memory.ts";

const template = (name: string, length = 2) =>
  ({ kind: "rotation", group: "_", name, payload: `"${"x".repeat(length - 2)}"` }) as const;

it("gives back what is young enough, until it is forgotten", () => {
  remember(template("a"), 1000);
  expect(recall(template("a"), 1000)).toEqual(template("a"));
  expect(recall(template("a"), 1001)).toBeUndefined();
  forget(template("a"));
  expect(recall(template("a"), 0)).toBeUndefined();
});

it("is bounded: the oldest go first, and what is replaced does not count twice", () => {
  for (let n = 0; n < 100; n++) remember(template(`n${n}`, 60_000), 1000);
  const kept = Array.from({ length: 100 }, (_, n) => n).filter((n) => recall(template(`n${n}`), 0) !== undefined);
  expect(kept).toEqual(Array.from({ length: 33 }, (_, n) => n + 67));
  for (let n = 0; n < 1000; n++) remember(template("n99", 60_000), 1000);
  expect(recall(template("n67"), 0)).toBeDefined();
  for (let n = 0; n < 10_000; n++) remember(template(`small${n}`), 1000);
  expect(recall(template("small0"), 0)).toBeUndefined();
  expect(recall(template("n99"), 0)).toBeUndefined();
  expect(recall(template("small9999"), 0)).toBeDefined();
});
