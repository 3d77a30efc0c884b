/**
 * The tokeninfo action `event_history` (extended §2.2). Each token's events come from its own object and who is below
 * whom from the register, so that it works without the directory. An answer does not contain the event of itself.
 */
import { done, refuse, type Result } from "../../errors.ts";
import type { MytokenContext } from "./context.ts";
import { type HistoryEvent, isForgotten, readHistory } from "./history.ts";
import { perform, type Performed } from "./perform.ts";
import { isTokenAlive, type Reserved } from "./reserve.ts";
import { readToken } from "./schema.ts";
import { forEachOf, performOn, type Reached, type TargetedRequest } from "./targets.ts";

/** An event and the token to which it happened. */
export interface TokenEvent extends HistoryEvent {
  readonly mom_id: string;
}

/** The newest events of the named tokens, or of this one if none are named. */
export function eventHistory(
  object: MytokenContext,
  request: TargetedRequest,
): Promise<Result<Performed<readonly TokenEvent[]>>> {
  if (request.momIds.length === 0) {
    return perform(object, request, { operation: "history" }, (reserved) => {
      const { mom_id: momId } = reserved.reservation.token;
      return Promise.resolve(done(marked(momId, ownEvents(object, reserved))));
    });
  }
  const use = { below: "history_below", ofOther: "history_of_other", purpose: "history" } as const;
  return performOn(object, request, use, (tokens, reserved) => collect(object, tokens, reserved));
}

/** Told to a token of the same user; `null` where there is no history to tell of: unknown or revoked. */
export async function historyFor(object: MytokenContext, owner: string): Promise<readonly HistoryEvent[] | null> {
  const { storage, config } = object;
  // Of a token that ended with its parent only the register knows at once.
  if (!(await isTokenAlive(object))) return null;
  const token = readToken(storage.sql);
  if (token?.owner !== owner || isForgotten(token)) return null;
  return readHistory(storage.sql, config.historyLimit);
}

async function collect(
  object: MytokenContext,
  tokens: readonly Reached[],
  reserved: Reserved,
): Promise<Result<readonly TokenEvent[]>> {
  const { mom_id: self, owner } = reserved.reservation.token;
  let newest: readonly TokenEvent[] = [];
  let gone: string | undefined;
  await forEachOf(tokens, async ({ momId, named }) => {
    const events = momId === self ? ownEvents(object, reserved) : await object.mytoken(momId).historyFor(owner);
    if (events === null && named) gone ??= momId;
    newest = merged(newest, marked(momId, events ?? []), object.config.historyLimit);
  });
  return gone === undefined ? done(newest) : refuse({ reason: "mom_id_not_yours", purpose: "history", momId: gone });
}

function ownEvents({ storage, config }: MytokenContext, { reservation }: Reserved): readonly HistoryEvent[] {
  return readHistory(storage.sql, config.historyLimit, reservation.eventId);
}

function marked(momId: string, events: readonly HistoryEvent[]): readonly TokenEvent[] {
  return events.map((event) => ({ ...event, mom_id: momId }));
}

/** Newest first; the order of one token's events within a second stays. Bounded, however many tokens there are. */
function merged(one: readonly TokenEvent[], other: readonly TokenEvent[], limit: number): readonly TokenEvent[] {
  return [...one, ...other].sort((a, b) => b.time - a.time).slice(0, limit);
}
