/**
 * The walk of every use other than an access token (DESIGN §4): reserve, act, rotate. Durable after the first step: the
 * use and its event. What the action refuses or throws gives both back, because nothing was handed out.
 */
import { done, type Result } from "../../errors.ts";
import type { OperationName } from "../../token/operations.ts";
import { giveBack } from "./begin.ts";
import type { MytokenContext } from "./context.ts";
import { reserve, type Reserved, type UseRequest } from "./reserve.ts";
import { type IssuedToken, rotateAfter } from "./rotate.ts";

export interface Performed<Value> {
  readonly value: Value;
  /** The successor of the token that was used, if it rotated. */
  readonly tokenUpdate: IssuedToken | null;
}

/** Runs `action` under a reserved use. An action that ends the token itself leaves nothing to rotate. */
export async function perform<Value>(
  object: MytokenContext,
  request: UseRequest,
  use: { readonly operation: OperationName; readonly comment?: string },
  action: (reserved: Reserved) => Promise<Result<Value>>,
): Promise<Result<Performed<Value>>> {
  const reserved = await reserve(object, request, use.operation, use.comment ?? null);
  if (!reserved.ok) return reserved;
  const { prepared, reservation } = reserved.value;
  let outcome: Result<Value>;
  try {
    outcome = await action(reserved.value);
  } catch (error) {
    giveBack(object.storage, reservation);
    throw error;
  }
  if (!outcome.ok) {
    giveBack(object.storage, reservation);
    return outcome;
  }
  const rotated = await rotateAfter(object, use.operation, prepared, reservation, request.caller);
  return done({ value: outcome.value, tokenUpdate: rotated.kind === "ended" ? null : rotated.successor });
}
