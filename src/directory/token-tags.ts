/**
 * Which token carries which tag, in D1 (extended §3.7). With `include_children` everything below the token gets a copy,
 * what is there already and what is made later (`inheritance`); each copy can be taken off by itself. Throws `DirectoryAway`.
 */
import { defaultColor, type TokenTag } from "../token/tag.ts";
import { answered } from "./answer.ts";
import { tagInsertion } from "./tags.ts";

/** The tags that a token carries, by name. */
export async function readTokenTags(directory: D1Database, momId: string): Promise<readonly TokenTag[]> {
  const statement = `SELECT tag, color, include_children FROM token_tags JOIN tags USING (owner, tag)
    WHERE mom_id = ? ORDER BY tag`;
  const { results } = await answered(() =>
    directory.prepare(statement).bind(momId).all<{ tag: string; color: string; include_children: number }>(),
  );
  return results.map((row) => ({ ...row, include_children: row.include_children === 1 }));
}

export interface TokenTagging {
  readonly owner: string;
  readonly momId: string;
  readonly tag: string;
}

/** Tags a token, and with `includeChildren` everything below it. The tag is made if there is none; repeating changes the flag. */
export async function storeTokenTag(
  directory: D1Database,
  { owner, momId, tag }: TokenTagging,
  includeChildren: boolean,
): Promise<void> {
  const below = includeChildren
    ? "UNION SELECT tokens.mom_id FROM tokens JOIN below ON tokens.parent = below.mom_id"
    : "";
  await answered(() =>
    directory.batch([
      tagInsertion(directory, owner, { tag, color: defaultColor(tag) }),
      directory
        .prepare(
          `WITH RECURSIVE below (mom_id) AS (SELECT ?1 ${below})
           INSERT INTO token_tags (mom_id, owner, tag, include_children) SELECT mom_id, ?2, ?3, ?4 FROM below WHERE true
           ON CONFLICT (mom_id, tag) DO UPDATE SET include_children = excluded.include_children`,
        )
        .bind(momId, owner, tag, Number(includeChildren)),
    ]),
  );
}

/** Takes a tag off a token, and off everything below it if it was put there for that. */
export async function deleteTokenTag(directory: D1Database, { momId, tag }: TokenTagging): Promise<void> {
  const statement = `WITH RECURSIVE below (mom_id) AS (
      SELECT mom_id FROM token_tags WHERE mom_id = ?1 AND tag = ?2 AND include_children = 1
      UNION SELECT tokens.mom_id FROM tokens JOIN below ON tokens.parent = below.mom_id)
    DELETE FROM token_tags WHERE tag = ?2 AND (mom_id = ?1 OR mom_id IN (SELECT mom_id FROM below))`;
  await answered(() => directory.prepare(statement).bind(momId, tag).run());
}

/**
 * The statement by which a token gets its parent's inheritable tags, to be run before its row is first stored and in the
 * same transaction: later it changes nothing. What is below it and was shown earlier gets them too.
 */
export function inheritance(directory: D1Database, momId: string, parent: string | null): D1PreparedStatement {
  return directory
    .prepare(
      `WITH RECURSIVE below (mom_id) AS (
         SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM tokens WHERE mom_id = ?1)
         UNION SELECT tokens.mom_id FROM tokens JOIN below ON tokens.parent = below.mom_id)
       INSERT INTO token_tags (mom_id, owner, tag, include_children)
       SELECT below.mom_id, link.owner, link.tag, 1 FROM below JOIN token_tags AS link
       WHERE link.mom_id = ?2 AND link.include_children = 1 ON CONFLICT (mom_id, tag) DO NOTHING`,
    )
    .bind(momId, parent);
}

/** The statements that put a tag on a token whose row is not stored yet, for the same transaction; later they change nothing. */
export function firstTag(
  directory: D1Database,
  { owner, momId, tag }: TokenTagging,
  includeChildren: boolean,
): readonly D1PreparedStatement[] {
  const isNew = "WHERE NOT EXISTS (SELECT 1 FROM tokens WHERE mom_id = ?)";
  return [
    directory
      .prepare(`INSERT INTO tags (owner, tag, color) SELECT ?, ?, ? ${isNew} ON CONFLICT (owner, tag) DO NOTHING`)
      .bind(owner, tag, defaultColor(tag), momId),
    directory
      .prepare(
        `INSERT INTO token_tags (mom_id, owner, tag, include_children) SELECT ?, ?, ?, ? ${isNew}
         ON CONFLICT (mom_id, tag) DO UPDATE SET include_children = excluded.include_children`,
      )
      .bind(momId, owner, tag, Number(includeChildren), momId),
  ];
}
