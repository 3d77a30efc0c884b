/** The user's tags, and which token carries which (extended §3.6, §3.7). */
import { deleteTag, insertTag, readTags, type TagChange, updateTag } from "../../directory/tags.ts";
import { deleteTokenTag, storeTokenTag } from "../../directory/token-tags.ts";
import { done, refuse, type Result } from "../../errors.ts";
import type { Tag } from "../../token/tag.ts";
import { fromDirectory } from "./ask-directory.ts";
import type { MytokenContext } from "./context.ts";
import { perform, type Performed } from "./perform.ts";
import type { UseRequest } from "./reserve.ts";
import { readToken } from "./schema.ts";
import { performOn } from "./targets.ts";

type Changed = Promise<Result<Performed<void>>>;

export function listTags(object: MytokenContext, request: UseRequest): Promise<Result<Performed<readonly Tag[]>>> {
  return perform(object, request, { operation: "tag_list" }, ({ reservation }) =>
    fromDirectory(readTags(object.directory, reservation.token.owner)),
  );
}

/** One that exists stays as it is. */
export function createTag(object: MytokenContext, request: UseRequest, tag: Tag): Changed {
  return perform(object, request, { operation: "tag_create", comment: tag.tag }, ({ reservation }) =>
    fromDirectory(insertTag(object.directory, reservation.token.owner, tag)),
  );
}

export function changeTag(object: MytokenContext, request: UseRequest, tag: string, change: TagChange): Changed {
  return perform(object, request, { operation: "tag_update", comment: tag }, async ({ reservation }) => {
    const updated = await fromDirectory(updateTag(object.directory, reservation.token.owner, tag, change));
    if (!updated.ok) return updated;
    if (updated.value === "unknown") return refuse({ reason: "not_found", description: "there is no such tag" });
    if (updated.value === "taken") return refuse({ reason: "already_exists", description: "this tag exists already" });
    return done(undefined);
  });
}

/** One that does not exist is as good as deleted. */
export function removeTag(object: MytokenContext, request: UseRequest, tag: string): Changed {
  return perform(object, request, { operation: "tag_delete", comment: tag }, ({ reservation }) =>
    fromDirectory(deleteTag(object.directory, reservation.token.owner, tag)),
  );
}

export interface TokenTagRequest extends UseRequest {
  readonly tag: string;
  /** Whose tag; `null`: the presented token's. */
  readonly momId: string | null;
  /** Puts it there, for what is below as well or not; `null`: takes it off. */
  readonly put: { readonly includeChildren: boolean } | null;
}

/** Puts a tag on a token or takes it off. */
export function changeTokenTag(object: MytokenContext, request: TokenTagRequest): Changed {
  const { tag, put } = request;
  const self = readToken(object.storage.sql);
  const row = put ? "token_tag" : "token_untag";
  const change = (owner: string, momId: string) =>
    fromDirectory(
      put
        ? storeTokenTag(object.directory, { owner, momId, tag }, put.includeChildren)
        : deleteTokenTag(object.directory, { owner, momId, tag }),
    );
  const { momId } = request;
  if (self === null || momId === null || momId === self.mom_id) {
    return perform(object, request, { operation: row, comment: tag }, ({ reservation: { token } }) =>
      change(token.owner, token.mom_id),
    );
  }
  const use = { below: `${row}_below`, ofOther: `${row}_of_other`, purpose: "tags", comment: tag } as const;
  return performOn(object, { ...request, momIds: [momId] }, use, (_, { reservation }) =>
    change(reservation.token.owner, momId),
  );
}
