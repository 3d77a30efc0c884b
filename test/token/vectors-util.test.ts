import { describe, expect, it } from "vitest";
import { runUtil } from "../vectors/run-util.ts";
import file from "../vectors/vectors-util.json";

describe("vectors-util.json", () => {
  for (const { suite, name, run } of runUtil(file)) it(`${suite}: ${name}`, run);

  it("a suite without runner fails", () => {
    expect(() => runUtil({ ...file, novelty: [] })).toThrow("no runner for the suite novelty");
  });
});
