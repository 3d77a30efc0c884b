/**
 * Uses that name other tokens by `mom_id` (extended §2.2, Q30): the token itself and what is below it need less than any
 * other token of the same user. Of a token of somebody else nobody can tell that it exists.
 */
import { badRequest, done, refuse, type Result, type TargetPurpose } from "../../errors.ts";
import { isMomId } from "../../token/ids.ts";
import type { OperationName } from "../../token/operations.ts";
import { type Target, targetIn } from "../../token/target.ts";
import type { MytokenContext } from "./context.ts";
import { isForgotten } from "./history.ts";
import { perform, type Performed } from "./perform.ts";
import { isTokenAlive, type Reserved, type UseRequest } from "./reserve.ts";
import type { FamilyPlace } from "./revoke.ts";
import { readToken, type StoredToken } from "./schema.ts";

/** Tokens that one request may be about. */
const MAXIMUM_TOKENS = 200;
/** Objects that are asked at a time. */
const AT_ONCE = 10;

export interface TargetedRequest extends UseRequest {
  /** `this`, `children`, `children@<mom_id>` and `<mom_id>`, at least one. */
  readonly momIds: readonly string[];
}

/** A token that the request is about. Who was named and is gone is an error; who is gone among children is not. */
export interface Reached {
  readonly momId: string;
  readonly named: boolean;
}

export interface TargetedUse {
  readonly below: OperationName;
  readonly ofOther: OperationName;
  readonly purpose: TargetPurpose;
  readonly comment?: string;
}

/** `perform` for the strictest row of all targets; `action` gets the tokens, in the order in which they were named. */
export async function performOn<Value>(
  object: MytokenContext,
  request: TargetedRequest,
  { below, ofOther, purpose, comment }: TargetedUse,
  action: (tokens: readonly Reached[], reserved: Reserved) => Promise<Result<Value>>,
): Promise<Result<Performed<Value>>> {
  const self = readToken(object.storage.sql);
  if (!self) return refuse({ reason: "token_unknown" });
  const targets = request.momIds.map(targetIn);
  const outside = await firstOutside(object, self, targets);
  const operation = outside === null ? below : ofOther;
  const use = { operation, ...(comment === undefined ? {} : { comment }) };
  const performed = await perform(object, request, use, async (reserved) => {
    const tokens = await reach(object, self, targets, purpose);
    return tokens.ok ? action(tokens.value, reserved) : tokens;
  });
  if (performed.ok || outside === null || performed.refusal.reason !== "insufficient_capabilities") return performed;
  return refuse({ reason: "mom_id_not_below", purpose, momId: outside });
}

/** What `ask` gives for each item, in their order. */
export async function forEachOf<Item, Value>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Value>,
): Promise<readonly Value[]> {
  const values: Value[] = [];
  for (let start = 0; start < items.length; start += AT_ONCE) {
    values.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(ask))));
  }
  return values;
}

/** Asked by a token that names this one: where it stands, `null` if it is unknown or revoked. */
export async function whereaboutsOf(object: MytokenContext): Promise<FamilyPlace | null> {
  const alive = await isTokenAlive(object);
  const token = readToken(object.storage.sql);
  return token === null || !alive || isForgotten(token) ? null : { grantId: token.grant_id, owner: token.owner };
}

/** The first named token that is not below this one, by the register: no object of a token is asked for that. */
async function firstOutside(
  object: MytokenContext,
  self: StoredToken,
  targets: readonly Target[],
): Promise<string | null> {
  const named = others(self, targets);
  const inFamily = named.filter(isMomId);
  const below: readonly string[] =
    inFamily.length === 0 ? [] : await object.grant(self.grant_id).descendantsAmong(self.mom_id, inFamily);
  return named.find((momId) => !below.includes(momId)) ?? null;
}

function others(self: StoredToken, targets: readonly Target[]): readonly string[] {
  const named = targets.flatMap(({ momId }) => (momId === null || momId === self.mom_id ? [] : [momId]));
  return [...new Set(named)];
}

async function reach(
  object: MytokenContext,
  self: StoredToken,
  targets: readonly Target[],
  purpose: TargetPurpose,
): Promise<Result<readonly Reached[]>> {
  if (targets.length > MAXIMUM_TOKENS) return tooMany();
  const named = others(self, targets);
  // A text that cannot name a token must not name an object either.
  const found = await forEachOf(named, (momId) => (isMomId(momId) ? object.mytoken(momId).whereabouts() : none()));
  const places = new Map<string, FamilyPlace | null>(named.map((momId, index) => [momId, found[index] ?? null]));
  places.set(self.mom_id, { grantId: self.grant_id, owner: self.owner });
  const reached: Reached[] = [];
  for (const target of targets) {
    const momId = target.momId ?? self.mom_id;
    const place = places.get(momId);
    if (place?.owner !== self.owner) return refuse({ reason: "mom_id_not_yours", purpose, momId });
    if (!target.below) reached.push({ momId, named: true });
    else {
      const children = await object.grant(place.grantId).descendants(momId, MAXIMUM_TOKENS + 1);
      reached.push(...children.map((child) => ({ momId: child, named: false })));
    }
    if (reached.length > MAXIMUM_TOKENS) return tooMany();
  }
  return done(reached);
}

function none(): Promise<null> {
  return Promise.resolve(null);
}

function tooMany() {
  return badRequest(`mom_ids: one request is about at most ${MAXIMUM_TOKENS} tokens`);
}
