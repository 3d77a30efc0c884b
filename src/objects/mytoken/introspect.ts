/** What a token is and how much of it is left (extended §2.1). Never charged, never rotated; works without the directory. */
import { readTokenTags } from "../../directory/token-tags.ts";
import { done, type Result } from "../../errors.ts";
import { decodeMytoken } from "../../signer/decode.ts";
import type { MytokenClaims } from "../../token/claims.ts";
import type { Clause } from "../../token/clause.ts";
import type { TokenTag } from "../../token/tag.ts";
import { within } from "../../time-limit.ts";
import { usageOf } from "./begin.ts";
import type { MytokenContext } from "./context.ts";
import { reserve, type UseRequest } from "./reserve.ts";

/** A clause with how often it was used; both counts once there was any use. */
export interface UsedClause extends Clause {
  readonly usages_AT_done?: number;
  readonly usages_other_done?: number;
}

export interface Introspection {
  readonly momId: string;
  /** As it was presented. */
  readonly form: "token" | "short_token";
  readonly claims: Omit<MytokenClaims, "restrictions"> & { readonly restrictions?: readonly UsedClause[] };
  /** None while the directory is away. */
  readonly tags: readonly TokenTag[];
}

export async function introspect(object: MytokenContext, request: UseRequest): Promise<Result<Introspection>> {
  const reserved = await reserve(object, request, "introspect", null);
  if (!reserved.ok) return reserved;
  const { prepared, reservation } = reserved.value;
  if (!prepared.mytoken) throw new Error("a reserved use has a text");
  const { restrictions, ...claims } = decodeMytoken(prepared.mytoken.text);
  const used = restrictions?.map((clause) => withUsage(object.storage.sql, clause));
  const momId = reservation.token.mom_id;
  const tags = await within(object.config.directoryWaitMilliseconds, readTokenTags(object.directory, momId), []);
  return done({ momId, form: prepared.form, claims: { ...claims, ...(used && { restrictions: used }) }, tags });
}

function withUsage(sql: SqlStorage, clause: Clause): UsedClause {
  const { AT, other } = usageOf(sql, clause);
  return AT + other === 0 ? clause : { ...clause, usages_AT_done: AT, usages_other_done: other };
}
