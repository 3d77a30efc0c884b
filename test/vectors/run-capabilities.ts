/** Runs vectors-capabilities.json. */
import {
  CAPABILITIES,
  firstUnknownCapability,
  holds,
  LOGIN_DEFAULT,
  tightenCapabilities,
} from "../../src/token/capability.ts";
import { rootCapabilities, subtokenCapabilities } from "../../src/token/granted-capabilities.ts";
import { OPERATIONS, type OperationName } from "../../src/token/operations.ts";
import { capabilityRules, rowAsWritten, type OperationCase, type OperationVector } from "./rules-capabilities.ts";
import { runSuites, type Suite, type VectorTest } from "./run-suites.ts";

export function runCapabilities(file: unknown): VectorTest[] {
  return runSuites(file, SUITES);
}

type Names = readonly string[];

const KNOWN: Names = CAPABILITIES.map(({ name }) => name);

/** `all` and `addedByNewerApi`: the two parts of what we know, in our order. */
function partBeside(other: string): Suite {
  return {
    cases: (list: Names, file) => [{ list, other: file[other], expected: list }],
    answer: ({ list, other }: { list: Names; other?: Names }) =>
      KNOWN.filter((name) => (other ? !other.includes(name) : list.includes(name))),
  };
}

/** What is given to who asks for nothing. */
function fallback(names: Names): Suite {
  return { cases: (list: Names) => [{ expected: list }], answer: () => rootCapabilities({}, names).capabilities };
}

const SUITES: Readonly<Record<string, Suite>> = {
  all: partBeside("addedByNewerApi"),
  addedByNewerApi: partBeside("all"),
  defaultForOidcFlow: fallback(LOGIN_DEFAULT),
  // There are no SSH keys yet: when they come, their default stands in src.
  defaultForSshKey: fallback(["AT"]),
  has: {
    answer: ({ held, wanted }: { held: Names | "$all"; wanted: string }) =>
      holds(held === "$all" ? KNOWN : held, wanted),
  },
  tighten: {
    answer: ({ parent, requested }: { parent: readonly string[]; requested: readonly string[] | null }) => {
      // Only in here an empty list differs from an absent one: no request can tell them apart (the file's meta).
      if (requested?.length === 0) return tightenCapabilities(parent, requested);
      return subtokenCapabilities({ capabilities: parent }, { capabilities: requested ?? [] })?.capabilities ?? [];
    },
  },
  knownInConsent: {
    answer: ({ capability }: { capability: string }) => firstUnknownCapability([capability]) === undefined,
  },
  operations: {
    cases: (rows: readonly OperationVector[]) => rows.flatMap(casesOf),
    answer: ({ ours }: OperationCase) => (ours === null ? NO_DEMAND : OPERATIONS[ours]),
    demanded: (vector) => rowAsWritten(vector as unknown as OperationCase),
    rules: capabilityRules.operations,
  },
};

const NO_DEMAND = { capability: null, restrictionCheck: null, charged: null, rotation: null, event: null };

/** Our rows for each row of the vectors. */
export const ROWS: Readonly<Record<string, readonly (OperationName | null)[]>> = {
  "access token": ["access_token"],
  "mytoken from mytoken": ["subtoken"],
  "create transfer code": ["transfer_code"],
  "exchange transfer code": ["transfer_code_redemption"],
  "polling code": ["polling_code_redemption"],
  "tokeninfo introspect": ["introspect"],
  "tokeninfo event_history": ["history"],
  "tokeninfo subtokens": ["subtokens"],
  "tokeninfo list_mytokens": ["list"],
  "tokeninfo notifications": ["subscriptions"],
  "tokeninfo event_history with mom_ids": ["history_below", "history_of_other"],
  "tokeninfo notifications with mom_ids": ["subscriptions_below", "subscriptions_of_other"],
  "revoke own token": ["revocation"],
  "revoke by mom_id": ["revocation_below", "revocation_of_other"],
  "settings metadata": [null],
  "list grants": ["grant_list"],
  "enable grant": ["grant_enable"],
  "disable grant": ["grant_disable"],
  "list ssh keys": ["ssh_key_list"],
  "add ssh key": ["ssh_key_add"],
  "poll for ssh key": [null],
  "delete ssh key": ["ssh_key_delete"],
  "read email settings": ["email_read"],
  "change email settings": ["email_change", "email_format_change"],
  "list notifications": ["notification_list"],
  "subscribe by mail, own token": ["notification_create"],
  "subscribe by mail, mom_id given": ["notification_create_by_id"],
  "calendar invite by mail": ["invitation", "invitation_below", "invitation_of_other"],
  "notification by management code": [null],
  "list calendars": ["calendar_list"],
  "create calendar": ["calendar_create"],
  "delete calendar": ["calendar_delete"],
  "get calendar": ["calendar_read"],
  "add token to calendar": ["calendar_add", "calendar_add_below", "calendar_add_of_other"],
};

function casesOf(vector: OperationVector): readonly (OperationCase & { readonly name: string })[] {
  const rows = ROWS[vector.operation];
  if (rows === undefined) throw new Error(`operation not run: ${vector.operation}`);
  return rows.map((ours) => ({ name: `${vector.operation}: ${ours}`, vector, ours, target: targetOf(ours ?? "") }));
}

function targetOf(ours: string): OperationCase["target"] {
  if (ours.endsWith("_below")) return "below";
  return ours.endsWith("_of_other") ? "other" : "own";
}
