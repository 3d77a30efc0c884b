/** Where our rotation differs from the reference's. */
import type { Rotation } from "../../src/token/rotation.ts";
import type { Rule } from "./rule.ts";

export interface RotateCase {
  readonly rotation: Rotation;
  readonly before: { readonly seq_no: number; readonly iat: number; readonly nbf: number; readonly exp?: number };
  readonly now: number;
  readonly after: object;
}

export const ROTATE_RULES: readonly Rule<RotateCase>[] = [
  {
    id: "Q36",
    applies: ({ rotation, before, now }) => before.exp !== undefined && now + (rotation.lifetime ?? 0) > before.exp,
    answer: ({ before, after }) => ({ ...after, exp: before.exp }),
  },
];

export interface ValidityCase {
  readonly record: { readonly seq_no: number } | null;
  readonly tokenSeqNo: number;
  readonly rotation: Rotation | null;
  readonly secondsSinceLastRotationOrCreation: number;
  readonly expected: { readonly accepted: boolean; readonly revokeFamily: boolean };
}

export const VALIDITY_RULES: readonly Rule<ValidityCase>[] = [
  {
    id: "seq-no-ahead",
    applies: ({ record, tokenSeqNo }) => record !== null && tokenSeqNo > record.seq_no,
    answer: () => ({ accepted: false, revokeFamily: false }),
  },
];

export interface AfterUseCase {
  readonly rotation: Rotation | null;
  readonly operation: string;
  readonly tokenHasRestrictions: boolean;
  readonly rotated: boolean;
}

export const AFTER_USE_RULES: readonly Rule<AfterUseCase>[] = [
  {
    // The vectors recommend to rotate here; DESIGN §8 settles that unrestricted tokens do not.
    id: "Q29",
    applies: ({ operation, tokenHasRestrictions }) =>
      operation === "tokeninfo history/subtokens/list/notifications" && !tokenHasRestrictions,
    answer: () => false,
  },
  {
    id: "QUIRK-33",
    applies: ({ operation }) => operation === "ssh key deletion",
    answer: ({ rotation }) => rotation?.on_other === true,
  },
];

export interface ResponseTypeCase {
  readonly maxTokenLen: number;
  readonly jwtLength: number;
  readonly responseType: string | null;
  readonly shortTokensEnabled: boolean;
  readonly shortTokenLength: number;
  readonly transferCodesEnabled: boolean;
  readonly expected: string;
}

export const RESPONSE_TYPE_RULES: readonly Rule<ResponseTypeCase>[] = [
  {
    id: "QUIRK-07",
    applies: (c) => c.maxTokenLen <= 0 && c.responseType === "transfer_code" && !c.transferCodesEnabled,
    answer: () => "token",
  },
];
