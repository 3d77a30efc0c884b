import { describe, expect, it } from "vitest";
import { runAudienceEnforced } from "../vectors/run-audience-enforced.ts";
import file from "../vectors/vectors-audience-enforced.json";

describe("vectors-audience-enforced.json", () => {
  for (const { suite, name, run } of runAudienceEnforced(file)) it(`${suite}: ${name}`, run);

  it("a suite without runner fails", () => {
    expect(() => runAudienceEnforced({ ...file, novelty: [] })).toThrow("no runner for the suite novelty");
  });
});
