/** A user's tags in D1 (extended §3.6); renaming and deleting one reaches every token that carries it. Throws `DirectoryAway`. */
import type { Tag } from "../token/tag.ts";
import { answered } from "./answer.ts";

/** By name. */
export async function readTags(directory: D1Database, owner: string): Promise<readonly Tag[]> {
  const statement = "SELECT tag, color FROM tags WHERE owner = ? ORDER BY tag";
  const { results } = await answered(() => directory.prepare(statement).bind(owner).all<Tag>());
  return results;
}

/** Makes a tag; one that exists stays as it is. */
export async function insertTag(directory: D1Database, owner: string, tag: Tag): Promise<void> {
  await answered(() => tagInsertion(directory, owner, tag).run());
}

export function tagInsertion(directory: D1Database, owner: string, { tag, color }: Tag): D1PreparedStatement {
  const statement = "INSERT INTO tags (owner, tag, color) VALUES (?, ?, ?) ON CONFLICT (owner, tag) DO NOTHING";
  return directory.prepare(statement).bind(owner, tag, color);
}

/** New values; `null`: as before. */
export interface TagChange {
  readonly tag: string | null;
  readonly color: string | null;
}

/** Renames or recolours a tag. `taken`: another tag has the new name. */
export async function updateTag(
  directory: D1Database,
  owner: string,
  tag: string,
  change: TagChange,
): Promise<"changed" | "unknown" | "taken"> {
  const [found, namesake] = await answered(() =>
    directory.batch([
      directory.prepare("SELECT 1 FROM tags WHERE owner = ? AND tag = ?").bind(owner, tag),
      directory
        .prepare("SELECT 1 FROM tags WHERE owner = ?1 AND tag = ?3 AND ?3 <> ?2")
        .bind(owner, tag, change.tag ?? tag),
      directory
        .prepare(
          `UPDATE OR IGNORE tags SET tag = coalesce(?3, tag), color = coalesce(?4, color)
           WHERE owner = ?1 AND tag = ?2`,
        )
        .bind(owner, tag, change.tag, change.color),
    ]),
  );
  if (found?.results.length === 0) return "unknown";
  return namesake?.results.length === 0 ? "changed" : "taken";
}

/** Deletes a tag and takes it off every token. */
export async function deleteTag(directory: D1Database, owner: string, tag: string): Promise<void> {
  await answered(() => directory.prepare("DELETE FROM tags WHERE owner = ? AND tag = ?").bind(owner, tag).run());
}
