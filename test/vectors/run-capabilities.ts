/** Runs vectors-capabilities.json. */
import { expect } from "vitest";
import {
  CAPABILITIES,
  firstUnknownCapability,
  holds,
  LOGIN_DEFAULT,
  SSH_KEY_DEFAULT,
  tightenCapabilities,
} from "../../src/token/capability.ts";
import { subtokenCapabilities } from "../../src/token/granted-capabilities.ts";
import { OPERATIONS, type Operation, type OperationName } from "../../src/token/operations.ts";
import { casesOf, each, type Runner, type VectorCase } from "./cases.ts";
import { OPERATION_RULES, type OperationCase, type OperationVector } from "./rules-capabilities.ts";

interface CapabilitiesFile {
  readonly all: readonly string[];
  readonly addedByNewerApi: readonly string[];
}

/** Our rows for each row of the vectors; none: its credential is no mytoken. */
const ROWS: Readonly<Record<string, readonly OperationName[]>> = {
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
  "settings metadata": [],
  "list grants": ["grant_list"],
  "enable grant": ["grant_enable"],
  "disable grant": ["grant_disable"],
  "list ssh keys": ["ssh_key_list"],
  "add ssh key": ["ssh_key_add"],
  "poll for ssh key": [],
  "delete ssh key": ["ssh_key_delete"],
  "read email settings": ["email_read"],
  "change email settings": ["email_change", "email_format_change"],
  "list notifications": ["notification_list"],
  "subscribe by mail, own token": ["notification_create"],
  "subscribe by mail, mom_id given": ["notification_create_by_id"],
  "calendar invite by mail": ["invitation", "invitation_below", "invitation_of_other"],
  "notification by management code": [],
  "list calendars": ["calendar_list"],
  "create calendar": ["calendar_create"],
  "delete calendar": ["calendar_delete"],
  "get calendar": ["calendar_read"],
  "add token to calendar": ["calendar_add", "calendar_add_below", "calendar_add_of_other"],
};

/** Rows that the vectors do not have: DESIGN §4 (`POST /c`) and §8 (Q64). */
const ADDED: readonly OperationName[] = ["subtoken_preview", "notification_create_user_wide"];

export function runCapabilities(file: unknown): VectorCase[] {
  const { all, addedByNewerApi } = file as CapabilitiesFile;
  const names: readonly string[] = CAPABILITIES.map(({ name }) => name);
  const one = (run: (suite: readonly string[]) => void): Runner => (suite: readonly string[]) => [
    { name: "the list", run: () => run(suite) },
  ];
  return casesOf(
    file,
    {
      all: one((suite) => expect(names.filter((name) => !addedByNewerApi.includes(name))).toEqual(suite)),
      addedByNewerApi: one((suite) => expect(names.filter((name) => !all.includes(name))).toEqual(suite)),
      defaultForOidcFlow: one((suite) => expect(LOGIN_DEFAULT).toEqual(suite)),
      defaultForSshKey: one((suite) => expect(SSH_KEY_DEFAULT).toEqual(suite)),
      has: each((c: { held: readonly string[] | "$all"; wanted: string; expected: boolean }) => {
        expect(holds(c.held === "$all" ? all : c.held, c.wanted)).toBe(c.expected);
      }),
      tighten: each((c: { parent: readonly string[]; requested: readonly string[] | null; expected: unknown }) => {
        const capabilities = c.requested ?? undefined;
        const subtoken = subtokenCapabilities({ capabilities: c.parent }, { capabilities })?.capabilities ?? [];
        // The reference tells an empty list from an absent one; a request cannot (`requested null` in the file's meta).
        expect(c.requested?.length === 0 ? tightenCapabilities(c.parent, []) : subtoken).toEqual(c.expected);
      }),
      knownInConsent: each((c: { capability: string; expected: boolean }) => {
        expect(firstUnknownCapability([c.capability]) === undefined).toBe(c.expected);
      }),
      operations: (suite: readonly OperationVector[]) => [
        ...each((vector: OperationVector) => runOperation(vector))(suite as never),
        { name: "no row of ours is without a vector", run: () => expect(uncovered()).toEqual(ADDED) },
      ],
    },
    ["meta"],
  );
}

function uncovered(): readonly string[] {
  const covered = new Set<string>(Object.values(ROWS).flat());
  return Object.keys(OPERATIONS).filter((name) => !covered.has(name));
}

function runOperation(vector: OperationVector): void {
  const rows = ROWS[vector.operation];
  if (rows === undefined) throw new Error(`no rows for ${vector.operation}`);
  for (const ours of rows) {
    const { ...row }: Operation = OPERATIONS[ours];
    expect(row, ours).toEqual(rowExpected({ vector, ours, target: targetOf(ours) }));
  }
  if (rows.length > 0) return;
  const { capability, restrictionCheck, countsUsage, rotation, event } = vector;
  expect([capability, restrictionCheck, countsUsage, rotation, event]).toEqual([null, null, null, null, null]);
}

function targetOf(ours: OperationName): OperationCase["target"] {
  if (ours.endsWith("_below")) return "below";
  return ours.endsWith("_of_other") ? "other" : "own";
}

function rowExpected(c: OperationCase): Record<string, unknown> {
  const { restrictionCheck, countsUsage, rotation, event } = c.vector;
  const changes = OPERATION_RULES.filter((rule) => rule.applies(c)).map((rule) => rule.answer(c) as object);
  return Object.assign(
    {
      ...demandExpected(c),
      restrictionCheck,
      charged: countsUsage?.split(/[ ,]/)[0] ?? null,
      rotation: rotation?.includes("only when the token has restrictions") ? "on_other_if_restricted" : rotation,
      event: eventExpected(event, c.ours),
    },
    ...changes,
  ) as Record<string, unknown>;
}

/** Reads `… if ancestor, else X`, `none …, else X`, `X (remark)` and `X`. */
function demandExpected({ vector: { capability }, target }: OperationCase): Record<string, unknown> {
  const other = /else (\S+)$/.exec(capability ?? "")?.[1];
  if (capability === null || other === undefined) return { capability: capability?.split(" ")[0] ?? null };
  if (target === "other") return { capability: other };
  const ancestor = /(\S+) if ancestor,/.exec(capability)?.[1];
  if (target === "own" || ancestor === undefined || ancestor === "none") return { capability: null };
  return { capability: ancestor, alternative: other };
}

/** Of `A / B` the second is for another target, or for the mail format. */
function eventExpected(event: string | null, ours: OperationName): string | null | undefined {
  const [first, second = first] = event?.split(" / ") ?? [null];
  if (event?.includes("; ")) return event.split(" on the parent")[0];
  return targetOf(ours) === "own" && ours !== "email_format_change" ? first : second;
}
