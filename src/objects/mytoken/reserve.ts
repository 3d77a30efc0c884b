/** `prepare` and `begin` together, repeated where something had to be looked up or moved meanwhile (DESIGN §4). */
import { nowSeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { confirmedNames } from "../../dns/reverse-names.ts";
import { done, refuse, type Result } from "../../errors.ts";
import type { Caller } from "../../token/caller.ts";
import type { Use } from "../../token/judge.ts";
import { OPERATIONS, type OperationName } from "../../token/operations.ts";
import { setAlarm } from "../due.ts";
import { begin, type EventOfUse, type Reservation } from "./begin.ts";
import type { MytokenContext } from "./context.ts";
import { prepare, type Prepared, type Presented } from "./prepare.ts";
import { readLife } from "./schema.ts";

/** A token presented for an operation. Arguments of object calls change by addition only (DESIGN §7). */
export interface UseRequest {
  readonly presented: Presented;
  readonly caller: Caller;
  /** Requested scope values and audiences; only access tokens look at them. */
  readonly scopes?: readonly string[];
  readonly audiences?: readonly string[];
  /** The provider that the caller expects. */
  readonly issuer?: string;
}

export interface Reserved {
  readonly prepared: Prepared;
  readonly reservation: Reservation;
}

/** Rotations can move the text away under our hands only as often as somebody else presents it. */
const ATTEMPTS = 4;

/** Judges and reserves one use; on success its use and its event are durable. */
export async function reserve(
  object: MytokenContext,
  request: UseRequest,
  operation: OperationName,
  comment: string | null,
): Promise<Result<Reserved>> {
  const { storage, config } = object;
  const eventName = OPERATIONS[operation].event;
  const event: EventOfUse | null = eventName === null ? null : { name: eventName, comment };
  let reverseNames: readonly string[] | undefined;
  if (operation !== "access_token" && !(await isTokenAlive(object))) {
    return refuse({ reason: "token_ended", how: "revoked" });
  }
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const prepared = await prepare(storage.sql, request.presented);
    const use = useOf(config, prepared, request, operation, reverseNames);
    const begun = begin(storage, prepared, use, event, nowSeconds(), config.historyLimit);
    if (begun.kind === "reserved") return done({ prepared, reservation: begun.reservation });
    if (begun.kind === "refused") return refuse(begun.refusal);
    if (begun.kind === "ended_by_reuse") {
      await setAlarm(storage);
      // Now durable: the end of this token, and the appointment that ends everything below if the Grant is away now.
      await revokeBelow(object).catch(() => undefined);
      return refuse({ reason: "token_reused", revoked: true });
    }
    if (begun.kind === "needs_reverse_names") {
      reverseNames = await confirmedNames(config.dnsOverHttpsUrl, request.caller.address);
    }
  }
  return refuse({ reason: "temporarily_unavailable", retryAfterSeconds: 1 });
}

/**
 * Whether the register still has the token alive: of a token that was revoked with its parent, only the register knows
 * at once. A root's own object knows, and the Grant asks by itself before it refreshes.
 */
export async function isTokenAlive({ storage, grant }: MytokenContext): Promise<boolean> {
  const token = readLife(storage.sql);
  return token?.state !== "live" || token.parent === null || grant(token.grant_id).isAlive(token.mom_id);
}

/**
 * After reuse: revokes the token and everything below it in the register. The appointment `revoke_below`, durable with
 * the end of the token, repeats it if the Grant could not be reached.
 */
export async function revokeBelow({ storage, grant }: MytokenContext): Promise<void> {
  const token = readLife(storage.sql);
  if (!token) return;
  await grant(token.grant_id).revoke({ momId: token.mom_id, recursive: true, grantKey: null });
}

function useOf(
  config: Config,
  prepared: Prepared,
  request: UseRequest,
  operation: OperationName,
  reverseNames: readonly string[] | undefined,
): Use {
  return {
    operation,
    scopes: request.scopes ?? [],
    audiences: request.audiences ?? [],
    ...(request.issuer === undefined ? {} : { issuer: request.issuer }),
    providerKnown: config.providers.some((provider) => provider.issuer === prepared.issuer),
    caller: request.caller,
    ...(reverseNames === undefined ? {} : { reverseNames }),
  };
}
