/** Lists of tokens out of D1: one user's, or those below one token. Throws `DirectoryAway`. */
import type { TokenTag } from "../token/tag.ts";
import { answered } from "./answer.ts";

/** A token as lists show it. Times are whole seconds. */
export interface ListedToken {
  readonly momId: string;
  readonly parent: string | null;
  readonly name: string | null;
  readonly created: number;
  /** The address from which it was made. */
  readonly createdFrom: string | null;
  readonly expires: number | null;
  readonly tags: readonly TokenTag[];
}

/**
 * A revoked token is gone for lists, as in the reference; an expired one stays until its retention time is over. Only an
 * expired one ended after its expiry.
 */
const SHOWN = "(tokens.state = 'live' OR tokens.ended > tokens.expires)";

const COLUMNS = `tokens.mom_id, tokens.parent, tokens.name, tokens.created, tokens.created_from, tokens.expires,
  (SELECT json_group_array(json_object('tag', tag, 'color', color, 'include_children', include_children))
   FROM token_tags JOIN tags USING (owner, tag) WHERE token_tags.mom_id = tokens.mom_id) AS tags`;

const OLDEST_FIRST = "ORDER BY tokens.created, tokens.mom_id";

/** All tokens of a user, oldest first. */
export function tokensOf(directory: D1Database, owner: string): Promise<readonly ListedToken[]> {
  const statement = `SELECT ${COLUMNS} FROM tokens WHERE tokens.owner = ? AND ${SHOWN} ${OLDEST_FIRST}`;
  return listed(directory, statement, owner);
}

/** A token and all below it, oldest first. What is below a revoked token is not shown below those above it. */
export function tokensBelow(directory: D1Database, momId: string): Promise<readonly ListedToken[]> {
  const statement = `WITH RECURSIVE below (mom_id) AS (
      SELECT ? UNION SELECT tokens.mom_id FROM tokens JOIN below ON tokens.parent = below.mom_id WHERE ${SHOWN})
    SELECT ${COLUMNS} FROM tokens JOIN below USING (mom_id) ${OLDEST_FIRST}`;
  return listed(directory, statement, momId);
}

interface Row {
  readonly mom_id: string;
  readonly parent: string | null;
  readonly name: string | null;
  readonly created: number;
  readonly created_from: string | null;
  readonly expires: number | null;
  readonly tags: string;
}

async function listed(directory: D1Database, statement: string, binding: string): Promise<readonly ListedToken[]> {
  const { results } = await answered(() => directory.prepare(statement).bind(binding).all<Row>());
  return results.map(({ mom_id: momId, created_from: createdFrom, tags, ...row }) => ({
    ...row,
    momId,
    createdFrom,
    tags: tagsIn(tags),
  }));
}

/** SQLite has no booleans, and its arrays no order. */
function tagsIn(json: string): readonly TokenTag[] {
  const rows = JSON.parse(json) as { tag: string; color: string; include_children: number }[];
  return rows
    .map((row) => ({ ...row, include_children: row.include_children === 1 }))
    .sort((one, other) => (one.tag < other.tag ? -1 : 1));
}
