/** Token metadata and parent links in D1: questions across tokens. Fed from each token's outbox; never asked when a token is used. */
import type { WantedTag } from "../token/tag.ts";
import { answered } from "./answer.ts";
import { firstTag, inheritance } from "./token-tags.ts";

/** The state of one token at one version, as its object sends it. Times are whole seconds. */
export interface TokenRecord {
  readonly mom_id: string;
  readonly parent: string | null;
  readonly grant_id: string;
  readonly owner: string;
  readonly oidc_sub: string;
  readonly oidc_iss: string;
  readonly email: string | null;
  readonly email_verified: number | null;
  readonly name: string | null;
  readonly created: number;
  readonly created_from: string | null;
  readonly expires: number | null;
  readonly state: "live" | "ended";
  readonly ended: number | null;
  /** Put on the token when its row is first stored, and never again: its owner may take them off. */
  readonly tags: readonly WantedTag[];
  /** Grows with every change; an older record never replaces a newer one. */
  readonly version: number;
}

/** Stores a token's state if it is newer than the stored one, and its owner if unknown; an address that is known stays. */
export async function recordToken(directory: D1Database, record: TokenRecord): Promise<void> {
  const user = directory
    .prepare(
      `INSERT INTO users (owner, oidc_sub, oidc_iss, email, email_verified, created) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (owner) DO UPDATE SET email = excluded.email, email_verified = excluded.email_verified
       WHERE users.email IS NULL AND excluded.email IS NOT NULL`,
    )
    .bind(record.owner, record.oidc_sub, record.oidc_iss, record.email, record.email_verified ?? 0, record.created);
  const token = directory
    .prepare(
      `INSERT INTO tokens (mom_id, parent, grant_id, owner, name, created, created_from, expires, state, ended, version)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (mom_id) DO UPDATE SET expires = excluded.expires, state = excluded.state, ended = excluded.ended,
         version = excluded.version WHERE excluded.version > tokens.version`,
    )
    .bind(
      record.mom_id,
      record.parent,
      record.grant_id,
      record.owner,
      record.name,
      record.created,
      record.created_from,
      record.expires,
      record.state,
      record.ended,
      record.version,
    );
  const { mom_id: momId, parent, owner } = record;
  const tags = record.tags.flatMap((tag) => firstTag(directory, { owner, momId, tag: tag.tag }, tag.includeChildren));
  await answered(() => directory.batch([user, inheritance(directory, momId, parent), ...tags, token]));
}

/** Marks a token ended, and with `recursive` everything below it, in one statement. Each outbox confirms it later. */
export async function markEnded(directory: D1Database, momId: string, recursive: boolean, now: number): Promise<void> {
  const below = recursive ? "UNION SELECT tokens.mom_id FROM tokens JOIN below ON tokens.parent = below.mom_id" : "";
  await directory
    .prepare(
      `WITH RECURSIVE below (mom_id) AS (SELECT ?1 ${below})
       UPDATE tokens SET state = 'ended', ended = ?2 WHERE mom_id IN (SELECT mom_id FROM below) AND state = 'live'`,
    )
    .bind(momId, now)
    .run();
}

/**
 * Removes rows whose retention time is over, at most `limit`; returns how many. Each token's own alarm does the same; this
 * finds what an alarm that never came left behind. `before`: seconds; ended or expired until then.
 */
export async function forgetPast(directory: D1Database, before: number, limit: number): Promise<number> {
  const { meta } = await directory
    .prepare(
      `DELETE FROM tokens WHERE mom_id IN (
         SELECT mom_id FROM tokens WHERE ended <= ?1 UNION ALL SELECT mom_id FROM tokens WHERE expires <= ?1 LIMIT ?2)`,
    )
    .bind(before, limit)
    .run();
  return meta.changes;
}

/** Removes what the directory has of a token. A tag may have come without a row, or before it. */
export async function forgetToken(directory: D1Database, momId: string): Promise<void> {
  const statements = ["DELETE FROM tokens WHERE mom_id = ?", "DELETE FROM token_tags WHERE mom_id = ?"];
  await answered(() => directory.batch(statements.map((statement) => directory.prepare(statement).bind(momId))));
}
