/** Runs the suites of files like vectors-time.json. A refusal's text is free: the reference's is Go's. */
import { durationNanoseconds } from "../../src/token/restriction/duration.ts";
import { parseClause } from "../../src/token/restriction/parse.ts";
import { timeOfJson, timeOfText } from "../../src/token/restriction/time.ts";
import { timeRules } from "./rules-restrictions.ts";
import { NOW, REFUSED, runSuites, type Suite, type VectorCase, type VectorTest } from "./run-suites.ts";

export function runTime(file: unknown): VectorTest[] {
  return runSuites(file, SUITES);
}

const SUITES: Readonly<Record<string, Suite>> = {
  timeString: {
    answer: ({ input }: { input: string }) => timeOfText(input, NOW) ?? REFUSED,
    demanded: refusedOr("expected"),
    rules: timeRules.timeString,
  },
  jsonValue: {
    answer: ({ json }: { json: string }) => timeOfJson(JSON.parse(json), NOW) ?? REFUSED,
    demanded: refusedOr("expected"),
    rules: timeRules.jsonValue,
  },
  duration: {
    answer: ({ input }: { input: string }) => durationNanoseconds(input)?.toString() ?? REFUSED,
    demanded: refusedOr("expectedNanoseconds"),
  },
  clauseJson: {
    answer: ({ json }: { json: string }) => {
      const parsed = parseClause(JSON.parse(json), { now: NOW });
      return parsed.ok ? parsed.clause : REFUSED;
    },
    demanded: refusedOr("expected"),
    rules: timeRules.clauseJson,
  },
};

function refusedOr(member: string): (vector: VectorCase) => unknown {
  return (vector) => ("error" in vector ? REFUSED : (vector["recommended"] ?? vector[member]));
}
