/** Our divergences in the table `operations` of vectors-capabilities.json, and how a row of that table is read. */
import type { OperationName } from "../../src/token/operations.ts";
import type { Rule } from "./rule.ts";

export interface OperationVector {
  readonly operation: string;
  readonly capability: string | null;
  readonly restrictionCheck: string | null;
  readonly countsUsage: string | null;
  readonly rotation: string | null;
  readonly event: string | null;
}

/** A row of the vectors beside one of ours; `null`: its credential is no mytoken, so we have none. */
export interface OperationCase {
  readonly vector: OperationVector;
  readonly ours: OperationName | null;
  readonly target: "own" | "below" | "other";
}

const ONLY_RESTRICTED = ", only when the token has restrictions";

/** Q29: the event is logged for unrestricted tokens, too. */
const alwaysLogged: Rule<OperationCase> = {
  id: "info-event",
  applies: ({ vector }) => vector.event?.endsWith(ONLY_RESTRICTED) === true,
  answer: (c) => ({ ...rowAsWritten(c), event: c.vector.event?.replace(ONLY_RESTRICTED, "") }),
};

/** Q30: `this`, `children` and own ids need the right to see one's own, or any. */
const ownNeedsCapability: Rule<OperationCase> = {
  id: "info-capability",
  applies: ({ vector, target }) => vector.capability?.startsWith("per id: none") === true && target === "below",
  answer: (c) => {
    const alternative = otherDemand(c.vector) ?? "";
    return { ...rowAsWritten(c), capability: `tokeninfo:${alternative.split(":")[1]}`, alternative };
  },
};

/** Extended QUIRK-33: what is checked as a use is charged and rotates. */
const checkedIsCharged: Rule<OperationCase> = {
  id: "ssh-key-deletion",
  applies: ({ vector }) => vector.restrictionCheck === "other" && vector.countsUsage === null,
  answer: (c) => ({ ...rowAsWritten(c), charged: "other", rotation: "on_other" }),
};

export const capabilityRules = { operations: [alwaysLogged, ownNeedsCapability, checkedIsCharged] } as const;

/** The row of ours that the words of the vector mean. */
export function rowAsWritten({ vector, ours, target }: OperationCase): object {
  const { restrictionCheck, countsUsage, rotation, event } = vector;
  return {
    ...demandAsWritten(vector, target),
    restrictionCheck,
    charged: countsUsage?.split(/[ ,]/)[0] ?? null,
    rotation: rotation?.endsWith(ONLY_RESTRICTED) ? "on_other_if_restricted" : rotation,
    event: eventAsWritten(event, target !== "own" || ours === "email_format_change"),
  };
}

/** `… X if ancestor, else Y`, `none …, else Y`, `X (remark)` or `X`. */
function demandAsWritten(vector: OperationVector, target: OperationCase["target"]): object {
  const other = otherDemand(vector);
  if (other === undefined) return { capability: vector.capability?.split(" ")[0] ?? null };
  if (target === "other") return { capability: other };
  const below = /(\S+) if ancestor,/.exec(vector.capability ?? "")?.[1];
  if (target === "own" || below === undefined || below === "none") return { capability: null };
  return { capability: below, alternative: other };
}

function otherDemand({ capability }: OperationVector): string | undefined {
  return /else (\S+)$/.exec(capability ?? "")?.[1];
}

/** Of `A / B` the second is for another target, or for the mail format; of `A on the parent; …` we record A. */
function eventAsWritten(event: string | null, second: boolean): string | null {
  if (event === null) return null;
  const names = event.split(" on the parent")[0]?.split(" / ") ?? [];
  return (second ? names.at(-1) : names[0]) ?? null;
}
