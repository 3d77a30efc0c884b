/** Tokens as the trees that `subtokens` and `list_mytokens` show (extended §2.3). */
import type { ListedToken } from "../../directory/lists.ts";

export interface TokenTree {
  readonly token: object;
  children?: TokenTree[];
}

/** What is deeper stands beside its parent: neither we nor clients can walk a tree of any depth. */
const DEEPEST_LEVEL = 200;

/** The trees of a list, in its order; a token whose parent is not in the list is a root. */
export function treesOf(tokens: readonly ListedToken[]): TokenTree[] {
  const listed = new Set(tokens.map(({ momId }) => momId));
  const below = Map.groupBy(tokens, ({ parent }) => (parent !== null && listed.has(parent) ? parent : null));
  const roots: TokenTree[] = [];
  let level = (below.get(null) ?? []).map((token) => ({ token, siblings: roots }));
  for (let depth = 0; level.length > 0; depth++) {
    level = level.flatMap(({ token, siblings }) => {
      const tree: TokenTree = { token: entryOf(token) };
      siblings.push(tree);
      const children = below.get(token.momId) ?? [];
      if (children.length === 0) return [];
      const into = depth < DEEPEST_LEVEL ? (tree.children = []) : siblings;
      return children.map((child) => ({ token: child, siblings: into }));
    });
  }
  return roots;
}

function entryOf({ momId, name, created, createdFrom, expires, tags }: ListedToken): object {
  return {
    mom_id: momId,
    name: name ?? "",
    created,
    ...(expires !== null && { expires_at: expires }),
    ...(createdFrom !== null && { ip: createdFrom }),
    ...(tags.length > 0 && { tags }),
  };
}
