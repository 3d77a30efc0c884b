import { describe, expect, it } from "vitest";
import { runProfiles } from "../vectors/run-profiles.ts";
import file from "../vectors/vectors-profiles.json";

describe("vectors-profiles.json", () => {
  for (const { suite, name, run } of runProfiles(file)) it(`${suite}: ${name}`, run);

  it("a suite without runner fails", () => {
    expect(() => runProfiles({ ...file, novelty: [] })).toThrow("no runner for the suite novelty");
  });
});
