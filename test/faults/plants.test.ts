/** Only one plant is exercised in the short version: the others must at least fit the sources as they are. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { inTree } from "../../scripts/local/place.mjs";
import { type Patch, patched, PLANTS } from "./plants.ts";

const patches: readonly (readonly [string, readonly Patch[]])[] = Object.entries(PLANTS);

describe.each(patches)("the plant %s", (_, fault) => {
  it.each(fault.map((patch) => [patch.file, patch] as const))("fits %s", (file, patch) => {
    const source = readFileSync(inTree(file), "utf8");
    expect(patched(source, patch)).not.toBe(source);
  });
});

it("does not fit where its text is gone, or stands twice", () => {
  const patch = { file: "src/a.ts", from: "b", to: "c" };
  expect(patched("abd", patch)).toBe("acd");
  expect(() => patched("ad", patch)).toThrow("0 times");
  expect(() => patched("abbd", patch)).toThrow("2 times");
});
