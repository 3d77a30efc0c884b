/** Runs vectors-rotation.json. */
import { expect } from "vitest";
import { OPERATIONS, type OperationName } from "../../src/token/operations.ts";
import { chooseResponseType, expiresIn, successorResponseType } from "../../src/token/response-type.ts";
import { parseRotation, type Rotation } from "../../src/token/rotation.ts";
import { rotatesAfter, standingOf, successorClaims } from "../../src/token/rotation/generation.ts";
import { answerTo, casesOf, each, type VectorCase } from "./cases.ts";
import {
  AFTER_USE_RULES,
  RESPONSE_TYPE_RULES,
  ROTATE_RULES,
  VALIDITY_RULES,
  type AfterUseCase,
  type ResponseTypeCase,
  type RotateCase,
  type ValidityCase,
} from "./rules-rotation.ts";

const NOW = 1_700_000_000;

/** Settings, notifications and calendars: every operation that rotates with `on_other` whatever the token. */
const OTHER_CALLS = Object.entries(OPERATIONS)
  .filter(([name, { rotation }]) => rotation === "on_other" && !name.startsWith("revocation") && name !== "subtoken")
  .map(([name]) => name as OperationName);

const ROWS: Readonly<Record<string, readonly OperationName[]>> = {
  "access token": ["access_token"],
  "mytoken from mytoken": ["subtoken"],
  "settings/notification/calendar call": OTHER_CALLS,
  "tokeninfo history/subtokens/list/notifications": ["history", "subtokens", "list", "subscriptions"],
  "tokeninfo introspect": ["introspect"],
  "transfer code creation": ["transfer_code"],
  "revocation by mom_id": ["revocation_below", "revocation_of_other"],
  "revocation of the token itself": ["revocation"],
  "ssh key deletion": ["ssh_key_delete"],
};

export function runRotation(file: unknown): VectorCase[] {
  return casesOf(
    file,
    {
      rotate: each((c: RotateCase) => {
        const { rotation, ...after } = successorClaims({ ...c.before, rotation: c.rotation }, c.before.exp, c.now);
        expect(after).toEqual(answerTo(c, ROTATE_RULES, c.after));
        expect(rotation).toEqual(c.rotation);
      }),
      validity: each((c: ValidityCase) => {
        expect(validityOf(c)).toMatchObject(answerTo(c, VALIDITY_RULES, pick(c.expected)) as object);
      }),
      afterUse: each((c: AfterUseCase) => {
        const rows = ROWS[c.operation] ?? [];
        expect(rows.length).toBeGreaterThan(0);
        const expected = answerTo(c, AFTER_USE_RULES, c.rotated);
        for (const row of rows) {
          expect(rotatesAfter(c.rotation ?? undefined, row, c.tokenHasRestrictions), row).toBe(expected);
        }
      }),
      responseType: each((c: ResponseTypeCase) => {
        const chosen = chooseResponseType(c.responseType ?? undefined, c.maxTokenLen, {
          jwtLength: c.jwtLength,
          shortTokenLength: c.shortTokenLength,
          shortTokens: c.shortTokensEnabled,
          transferCodes: c.transferCodesEnabled,
        });
        expect(chosen).toBe(answerTo(c, RESPONSE_TYPE_RULES, c.expected));
      }),
      // Of this suite only the choice of the form is decided here; shape, cookie and status belong to the endpoints.
      tokenUpdate: () => [
        { name: "responseTypeRule: short stays short", run: () => expect(successorResponseType("short_token", true)).toBe("short_token") },
        { name: "responseTypeRule: short tokens off", run: () => expect(successorResponseType("short_token", false)).toBe("token") },
        { name: "responseTypeRule: JWT stays JWT", run: () => expect(successorResponseType("token", true)).toBe("token") },
      ],
      expiresIn: each((c: { exp: number | { fromNow: number }; expected: number }) => {
        const exp = typeof c.exp === "number" ? c.exp : NOW + c.exp.fromNow;
        expect(expiresIn(exp === 0 ? undefined : exp, NOW) ?? 0).toBe(c.expected);
      }),
      child: each((c: { requested: unknown; expected: Rotation | null }) => {
        // Nothing of the parent's goes in.
        expect(parseRotation(c.requested)).toEqual({ ok: true, value: c.expected ?? undefined });
      }),
    },
    ["meta", "validityNote"],
  );
}

function validityOf(c: ValidityCase): ValidityCase["expected"] {
  if (c.record === null) return { accepted: false, revokeFamily: false };
  const record = {
    seqNo: c.record.seq_no,
    since: NOW - c.secondsSinceLastRotationOrCreation,
    rotation: c.rotation ?? undefined,
  };
  const standing = standingOf(c.tokenSeqNo, record, NOW);
  return {
    accepted: standing.standing === "current",
    revokeFamily: standing.standing === "outdated" && standing.revokesFamily,
  };
}

/** Status and body are those of the endpoints. */
function pick({ accepted, revokeFamily }: ValidityCase["expected"]): ValidityCase["expected"] {
  return { accepted, revokeFamily };
}
