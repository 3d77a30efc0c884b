import { describe, expect, it } from "vitest";
import { runCapabilities } from "../vectors/run-capabilities.ts";
import file from "../vectors/vectors-capabilities.json";

describe("vectors-capabilities.json", () => {
  for (const { suite, name, run } of runCapabilities(file)) it(`${suite}: ${name}`, run);

  it("a suite without runner fails", () => {
    expect(() => runCapabilities({ ...file, novelty: [] })).toThrow("no runner for the suite novelty");
  });
});
