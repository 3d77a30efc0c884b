/** Restrictions as a request names them, ready to be put into a token (semantics §1.2). */
import { badRequest, done, refuse, type Result } from "../errors.ts";
import type { Clause, ClauseKey } from "./clause.ts";
import { clauseKey } from "./restriction/key.ts";
import { isExpired } from "./restriction/lifetime.ts";
import { parseClauses } from "./restriction/parse.ts";
import { replaceThis } from "./restriction/this.ts";

export interface ClauseRequest {
  readonly now: number;
  /** The caller's, for `this`. */
  readonly address: string | null;
  readonly unsupported: readonly ClauseKey[];
}

/** Parsed clauses with `this` replaced; what the operator switched off is refused, never dropped (DESIGN §8). */
export function requestedClauses(value: unknown, request: ClauseRequest): Result<readonly Clause[]> {
  const parsed = parseClauses(value, { now: request.now, switchedOff: new Set(request.unsupported) });
  if (!parsed.ok) return badRequest(parsed.message);
  const replaced = replaceThis(parsed.clauses, request.address);
  return replaced.ok ? done(distinct(replaced.clauses)) : badRequest(replaced.message);
}

/** Equal clauses are one, and clauses without any bound none (token-core §4.3). */
function distinct(clauses: readonly Clause[]): readonly Clause[] {
  const byKey = new Map(clauses.map((clause) => [clauseKey(clause), clause]));
  byKey.delete(clauseKey({}));
  return [...byKey.values()];
}

/** `requestedClauses` for a login: a token that would be dead from its first second is refused. */
export function clausesOfLogin(value: unknown, request: ClauseRequest): Result<readonly Clause[]> {
  const clauses = requestedClauses(value, request);
  if (clauses.ok && isExpired(clauses.value, request.now)) return refuse({ reason: "already_expired" });
  return clauses;
}
