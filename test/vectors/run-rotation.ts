/** Runs vectors-rotation.json. */
import { OPERATIONS, type OperationName } from "../../src/token/operations.ts";
import { chooseResponseType, expiresIn, successorForm } from "../../src/token/response-type.ts";
import { parseRotation } from "../../src/token/rotation.ts";
import { rotatesAfter, standingOf, successorClaims } from "../../src/token/rotation/generation.ts";
import { rotationRules } from "./rules-rotation.ts";
import type { AfterUseCase, ResponseTypeCase, RotateCase, ValidityCase } from "./rules-rotation.ts";
import { NOW, REFUSED, runSuites, type Suite, type VectorTest } from "./run-suites.ts";

export function runRotation(file: unknown): VectorTest[] {
  return runSuites(file, SUITES);
}

/** What `responseTypeRule` says; shape, cookie and status are the endpoints'. */
const TOKEN_UPDATE = [
  { presented: "token", shortTokens: true, expected: "token" },
  { presented: "short_token", shortTokens: true, expected: "short_token" },
  { presented: "short_token", shortTokens: false, expected: "token" },
];

const SUITES: Readonly<Record<string, Suite>> = {
  rotate: {
    answer: ({ before, rotation, now }: RotateCase) => {
      const { rotation: kept, ...after } = successorClaims({ ...before, rotation }, before.exp, now);
      return kept === rotation ? after : "rotation changed";
    },
    demanded: (vector) => vector["after"],
    rules: rotationRules.rotate,
  },
  validity: {
    answer: standing,
    demanded: ({ expected }) => {
      // Status and body are the endpoints'.
      const { accepted, revokeFamily } = expected as Record<string, unknown>;
      return { accepted, revokeFamily };
    },
    rules: rotationRules.validity,
  },
  afterUse: {
    answer: ({ operation, rotation, tokenHasRestrictions }: AfterUseCase) => {
      const rows = ROWS[operation] ?? [];
      return [...new Set(rows.map((row) => rotatesAfter(rotation ?? undefined, row, tokenHasRestrictions)))];
    },
    demanded: (vector) => [vector["recommended"] ?? vector["rotated"]],
    rules: rotationRules.afterUse,
  },
  responseType: {
    answer: (c: ResponseTypeCase) =>
      chooseResponseType(c.responseType ?? undefined, c.maxTokenLen, {
        jwtLength: c.jwtLength,
        shortTokenLength: c.shortTokenLength,
        shortTokens: c.shortTokensEnabled,
        transferCodes: c.transferCodesEnabled,
      }),
    rules: rotationRules.responseType,
  },
  tokenUpdate: {
    cases: () => TOKEN_UPDATE,
    answer: ({ presented, shortTokens }: { presented: "token" | "short_token"; shortTokens: boolean }) =>
      successorForm(presented, shortTokens),
  },
  expiresIn: { answer: ({ exp }: { exp: number }) => expiresIn(exp === 0 ? undefined : exp, NOW) ?? 0 },
  child: {
    // Nothing of the parent's goes in.
    answer: ({ requested }: { requested: unknown }) => {
      const parsed = parseRotation(requested);
      return parsed.ok ? (parsed.value ?? null) : REFUSED;
    },
  },
};

const ROWS: Readonly<Record<string, readonly OperationName[]>> = {
  "access token": ["access_token"],
  "mytoken from mytoken": ["subtoken"],
  "settings/notification/calendar call": namesOf(
    /^(grant|ssh_key|email|notification|invitation|calendar)_?(?!.*read$)/,
  ),
  "tokeninfo history/subtokens/list/notifications": namesOf(/^(history|subtokens|list|subscriptions)/),
  "tokeninfo introspect": ["introspect"],
  "transfer code creation": ["transfer_code"],
  "revocation by mom_id": ["revocation_below", "revocation_of_other"],
  "revocation of the token itself": ["revocation"],
  "ssh key deletion": ["ssh_key_delete"],
};

function namesOf(pattern: RegExp): readonly OperationName[] {
  return (Object.keys(OPERATIONS) as OperationName[]).filter((name) => pattern.test(name));
}

function standing({ record, tokenSeqNo, rotation, secondsSinceLastRotationOrCreation: age }: ValidityCase): unknown {
  // Without a record nothing stands anywhere.
  if (record === null) return { accepted: false, revokeFamily: false };
  const stored = { seqNo: record.seq_no, since: NOW - age, ...(rotation === null ? {} : { rotation }) };
  const found = standingOf(tokenSeqNo, stored, NOW);
  return {
    accepted: found.standing === "current",
    revokeFamily: found.standing === "outdated" && found.revokesFamily,
  };
}
