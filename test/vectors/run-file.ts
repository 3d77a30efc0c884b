/** Which runner a vector file is for. */
import { audienceRules } from "./rules-audience-enforced.ts";
import { capabilityRules } from "./rules-capabilities.ts";
import { profileRules } from "./rules-profiles.ts";
import { restrictionRules, timeRules } from "./rules-restrictions.ts";
import { rotationRules } from "./rules-rotation.ts";
import { utilRules } from "./rules-util.ts";
import { runAudienceEnforced } from "./run-audience-enforced.ts";
import { runCapabilities } from "./run-capabilities.ts";
import { runProfiles } from "./run-profiles.ts";
import { runRestrictions } from "./run-restrictions.ts";
import { runRotation } from "./run-rotation.ts";
import type { VectorTest } from "./run-suites.ts";
import { runTime } from "./run-time.ts";
import { runUtil } from "./run-util.ts";

export interface Topic {
  readonly run: (file: unknown) => VectorTest[];
  /** Per suite. */
  readonly rules: Readonly<Record<string, readonly { readonly id: string }[]>>;
}

/** `vectors-<topic>.json` is the file's name; others of the topic have it in theirs. */
export const TOPICS: Readonly<Record<string, Topic>> = {
  "audience-enforced": { run: runAudienceEnforced, rules: audienceRules },
  capabilities: { run: runCapabilities, rules: capabilityRules },
  profiles: { run: runProfiles, rules: profileRules },
  restrictions: { run: runRestrictions, rules: restrictionRules },
  rotation: { run: runRotation, rules: rotationRules },
  time: { run: runTime, rules: timeRules },
  util: { run: runUtil, rules: utilRules },
};

/** The tests of a file; a failing one if its name tells no topic. */
export function runFile(name: string, file: unknown): VectorTest[] {
  const topic = Object.keys(TOPICS).find((word) => name.includes(word));
  if (topic !== undefined) return TOPICS[topic]?.run(file) ?? [];
  const run = () => Promise.reject(new Error(`file not run: ${name}`));
  return [{ suite: "the file", name: "not run", rule: null, run }];
}
