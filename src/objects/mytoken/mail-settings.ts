/** The user's mail address and format, seen and changed by one of the user's tokens (extended §3.5). */
import { nowSeconds } from "../../clock.ts";
import { changeMailSettings, type MailChange, type MailSettings, readMailSettings } from "../../directory/users.ts";
import type { Result } from "../../errors.ts";
import { OPERATIONS } from "../../token/operations.ts";
import { fromDirectory } from "./ask-directory.ts";
import type { MytokenContext } from "./context.ts";
import { writeEvent } from "./history.ts";
import { perform, type Performed } from "./perform.ts";
import type { UseRequest } from "./reserve.ts";
import { readToken } from "./schema.ts";

export function seeMailSettings(object: MytokenContext, request: UseRequest): Promise<Result<Performed<MailSettings>>> {
  return perform(object, request, { operation: "email_read" }, ({ reservation }) =>
    fromDirectory(readMailSettings(object.directory, reservation.token.owner)),
  );
}

/** Changes what is not `null`, both at once, as one use; each change has its event. */
export function changeMail(
  object: MytokenContext,
  request: UseRequest,
  change: MailChange,
): Promise<Result<Performed<void>>> {
  const { address, prefersHtml } = change;
  const format = prefersHtml ? "to html" : "to plain text";
  const use =
    address === null
      ? ({ operation: "email_format_change", comment: format } as const)
      : ({ operation: "email_change", comment: address } as const);
  return perform(object, request, use, async ({ reservation: { token } }) => {
    const now = nowSeconds();
    const changed = await fromDirectory(changeMailSettings(object.directory, token, change, now));
    if (changed.ok && address !== null && prefersHtml !== null && readToken(object.storage.sql)) {
      const { event } = OPERATIONS.email_format_change;
      writeEvent(object.storage.sql, event, format, request.caller, now, object.config.historyLimit);
    }
    return changed;
  });
}
