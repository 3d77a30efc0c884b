/** Our divergences in vectors-rotation.json. */
import type { Rotation } from "../../src/token/rotation.ts";
import type { Rule } from "./rule.ts";

export interface RotateCase {
  readonly rotation: Rotation;
  readonly before: { readonly seq_no: number; readonly iat: number; readonly nbf: number; readonly exp?: number };
  readonly now: number;
}

/** Q36: a successor does not outlive its restrictions. */
const clippedByRestrictions: Rule<RotateCase> = {
  id: "successor-expiry",
  applies: ({ rotation: { lifetime = 0 }, before, now }) => lifetime > 0 && now + lifetime > (before.exp ?? Infinity),
  answer: ({ before, now }) => ({ ...before, seq_no: before.seq_no + 1, iat: now, nbf: now }),
};

export interface ValidityCase {
  readonly record: { readonly seq_no: number } | null;
  readonly tokenSeqNo: number;
  readonly rotation: Rotation | null;
  readonly secondsSinceLastRotationOrCreation: number;
}

/** DESIGN §8: a store restored to an earlier point must not kill every family. */
const aheadIsNoReuse: Rule<ValidityCase> = {
  id: "seq-no-ahead",
  applies: ({ record, tokenSeqNo }) => record !== null && tokenSeqNo > record.seq_no,
  answer: () => ({ accepted: false, revokeFamily: false }),
};

export interface AfterUseCase {
  readonly rotation: Rotation | null;
  readonly operation: string;
  readonly tokenHasRestrictions: boolean;
}

/** Q29: the vectors recommend to rotate; DESIGN §8 settles that unrestricted tokens do not. */
const tokeninfoKeepsUnrestricted: Rule<AfterUseCase> = {
  id: "info-rotation",
  applies: ({ operation, tokenHasRestrictions }) =>
    operation === "tokeninfo history/subtokens/list/notifications" && !tokenHasRestrictions,
  answer: () => [false],
};

/** Extended QUIRK-33. */
const keyDeletionRotates: Rule<AfterUseCase> = {
  id: "ssh-key-deletion",
  applies: ({ operation }) => operation === "ssh key deletion",
  answer: ({ rotation }) => [rotation?.on_other === true],
};

export interface ResponseTypeCase {
  readonly maxTokenLen: number;
  readonly jwtLength: number;
  readonly responseType: string | null;
  readonly shortTokensEnabled: boolean;
  readonly shortTokenLength: number;
  readonly transferCodesEnabled: boolean;
}

/** QUIRK-07: no code that cannot be redeemed. */
const transferCodesOff: Rule<ResponseTypeCase> = {
  id: "transfer-codes-off",
  applies: (c) => c.maxTokenLen <= 0 && c.responseType === "transfer_code" && !c.transferCodesEnabled,
  answer: () => "token",
};

export const rotationRules = {
  rotate: [clippedByRestrictions],
  validity: [aheadIsNoReuse],
  afterUse: [tokeninfoKeepsUnrestricted, keyDeletionRotates],
  responseType: [transferCodesOff],
} as const;
