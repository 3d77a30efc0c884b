/** The tokeninfo actions `subtokens` and `list_mytokens` (extended §2.3, §2.4): from the directory, which may be away. */
import { type ListedToken, tokensBelow, tokensOf } from "../../directory/lists.ts";
import { done, type Result } from "../../errors.ts";
import { latestExp } from "../../token/restriction/lifetime.ts";
import { fromDirectory } from "./ask-directory.ts";
import type { MytokenContext } from "./context.ts";
import { perform, type Performed } from "./perform.ts";
import type { UseRequest } from "./reserve.ts";
import type { StoredToken } from "./schema.ts";

type Listed = Promise<Result<Performed<readonly ListedToken[]>>>;

/** This token and all below it, oldest first. */
export function listSubtokens(object: MytokenContext, request: UseRequest): Listed {
  return perform(object, request, { operation: "subtokens" }, async ({ reservation: { token } }) => {
    const tokens = await fromDirectory(tokensBelow(object.directory, token.mom_id));
    return tokens.ok ? done(withSelf(tokens.value, token)) : tokens;
  });
}

/** All tokens of this token's user, oldest first. */
export function listTokens(object: MytokenContext, request: UseRequest): Listed {
  return perform(object, request, { operation: "list" }, async ({ reservation: { token } }) => {
    const tokens = await fromDirectory(tokensOf(object.directory, token.owner));
    return tokens.ok ? done(withSelf(tokens.value, token)) : tokens;
  });
}

/** The directory may not have heard of the presented token yet. */
function withSelf(tokens: readonly ListedToken[], token: StoredToken): readonly ListedToken[] {
  if (tokens.some(({ momId }) => momId === token.mom_id)) return tokens;
  const self: ListedToken = {
    momId: token.mom_id,
    parent: token.parent,
    name: token.name,
    created: token.created,
    createdFrom: token.created_from,
    expires: latestExp(token.restrictions) || null,
    tags: [],
  };
  return [...tokens, self].sort((one, other) => one.created - other.created);
}
