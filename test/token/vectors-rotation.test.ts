import { describe, expect, it } from "vitest";
import { runRotation } from "../vectors/run-rotation.ts";
import file from "../vectors/vectors-rotation.json";

describe("vectors-rotation.json", () => {
  for (const { suite, name, run } of runRotation(file)) it(`${suite}: ${name}`, run);

  it("a suite without runner fails", () => {
    expect(() => runRotation({ ...file, novelty: [] })).toThrow("no runner for the suite novelty");
  });
});
