/** What of the recordings is not replayed, and why: the one place to look when a feature has been built. */
import type { Chain, HttpStep, Step } from "./recording.ts";
import { isRunning } from "./run.ts";

const NOTIFICATIONS = "notifications and calendars";
const MAIL = "mail";

interface Gap {
  readonly feature: string;
  readonly reason: string;
  readonly covers: (step: Step, chain: Chain) => boolean;
}

/** Steps that ask for what others put there through a feature that is missing. */
const AFTERWARDS: readonly { feature: string; topic: string; chain: string; steps: readonly number[] }[] = [
  { feature: NOTIFICATIONS, topic: "06-rotation", chain: "on_other", steps: [14] },
  {
    feature: NOTIFICATIONS,
    topic: "06-rotation",
    chain: "on_other, calendar and notification calls swallow token_update",
    steps: [2, 5, 8],
  },
  { feature: NOTIFICATIONS, topic: "08-tokeninfo", chain: "notifications", steps: [7, 9, 11, 14] },
  { feature: MAIL, topic: "09-settings-and-profiles", chain: "email", steps: [10] },
];

const GAPS: readonly Gap[] = [
  {
    feature: "SSH grant and guest mode",
    reason: "not built: no SSH on Workers",
    covers: (step, chain) => step.kind === "ssh" || chain.instance === "ssh",
  },
  {
    feature: "health listener",
    reason: "not built: a Worker has one address",
    covers: (step) => step.kind === "http" && step.instance !== undefined && !isRunning(step.instance),
  },
  {
    feature: NOTIFICATIONS,
    reason: "not built yet",
    covers: (step) => isAt(step, "/api/v0/notifications"),
  },
  {
    feature: MAIL,
    reason: "not built yet",
    covers: (step) => step.kind === "mails" || step.kind === "mail_code" || isAt(step, "/actions"),
  },
  {
    feature: "parallel uses",
    reason: "the recorded outcome is chance; our invariants have tests of their own",
    covers: (step) => step.kind === "parallel",
  },
];

/** The feature that a step would need, or `null`. */
export function gapOf(step: Step, index: number, chain: Chain, topic: string): string | null {
  const afterwards = AFTERWARDS.find(
    (entry) => entry.topic === topic && entry.chain === chain.name && entry.steps.includes(index),
  );
  return afterwards?.feature ?? GAPS.find(({ covers }) => covers(step, chain))?.feature ?? null;
}

function isAt(step: Step, path: string): step is HttpStep {
  return step.kind === "http" && step.request.path.startsWith(path);
}
