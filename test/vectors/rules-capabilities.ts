/** Where our table of operations differs from the reference's. */
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

/** A row of the vectors as it is read for one row of ours. */
export interface OperationCase {
  readonly vector: OperationVector;
  readonly ours: OperationName;
  readonly target: "own" | "below" | "other";
}

/** Several may apply to one row; each answers with the members that it changes. */
export const OPERATION_RULES: readonly Rule<OperationCase>[] = [
  {
    id: "Q29",
    applies: ({ vector }) => vector.event?.includes("only when the token has restrictions") === true,
    answer: ({ vector }) => ({ event: vector.event?.split(",")[0] }),
  },
  {
    id: "Q30",
    applies: ({ vector, target }) => vector.capability?.startsWith("per id: none") === true && target === "below",
    answer: ({ vector }) => {
      const other = vector.capability?.split("else ")[1] ?? "";
      return { capability: `tokeninfo:${other.split(":")[1]}`, alternative: other };
    },
  },
  {
    id: "QUIRK-33",
    applies: ({ vector }) => vector.restrictionCheck === "other" && vector.countsUsage === null,
    answer: () => ({ charged: "other", rotation: "on_other" }),
  },
];
