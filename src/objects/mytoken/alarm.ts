/** What a Mytoken does later: publish, expire, end the grace, forget. Bounded work each. */
import { forgetToken } from "../../directory/tokens.ts";
import type { DueHandler } from "../due.ts";
import type { MytokenContext } from "./context.ts";
import { endToken } from "./end.ts";
import { send } from "./publish.ts";
import { revokeBelow } from "./reserve.ts";
import { endTarget } from "./revoke.ts";
import { deleteToken, readToken } from "./schema.ts";
import { isUnredeemed, newestCode } from "./transfer-code.ts";

/** The handlers by kind of appointment. */
export function dueHandlers(object: MytokenContext): Readonly<Record<string, DueHandler>> {
  const { storage, config, grant, directory } = object;
  return {
    directory: async (now) => {
      const token = readToken(storage.sql);
      if (!token) return null;
      // No member, and never shown as far as we were told: its making was cut off and nobody was given it, or it was
      // revoked while the directory's answers were lost. Its secrets go first, then a row that arrived all the same.
      const unborn = token.directory_sent === 0 && token.state === "live";
      if (unborn && !(await grant(token.grant_id).isAlive(token.mom_id))) {
        storage.transactionSync(() => endToken(storage.sql, "revoked", now));
        await forgetToken(directory, token.mom_id);
        await deleteToken(storage);
        return null;
      }
      return (await send(object)) ? null : now;
    },
    /** The sealed successor and the predecessor's short tokens go when nobody may repeat any more. */
    grace: (now) => {
      const token = readToken(storage.sql);
      if (token?.predecessor_until == null) return Promise.resolve(null);
      if (now <= token.predecessor_until) return Promise.resolve(token.predecessor_until + 1);
      storage.sql.exec("UPDATE token SET sealed_successor = NULL, predecessor_hash = NULL, predecessor_until = NULL");
      storage.sql.exec("DELETE FROM short_token WHERE seq_no < ?", token.seq_no);
      return Promise.resolve(null);
    },
    /** Rotation moves the deadline, not the alarm: one that comes early sets itself again. */
    deadline: async (now) => {
      const token = readToken(storage.sql);
      if (!token || token.expires === null) return null;
      if (token.state === "live" && now <= token.expires) return token.expires + 1;
      // First here, where a rotation would notice, then in the register; repeated until the Grant has heard of it.
      const expiring = token.state === "live";
      if (expiring) storage.transactionSync(() => endToken(storage.sql, "expired", now));
      if (expiring || token.ended_by === "expired") await grant(token.grant_id).leave(token.mom_id);
      return null;
    },
    /** The code of a new token was never redeemed: nobody holds the token. */
    unredeemed: async (now) => {
      const token = readToken(storage.sql);
      if (token?.state !== "live" || !isUnredeemed(storage.sql)) return null;
      // A poll that was cut off and repeated made another code.
      const at = (newestCode(storage.sql) ?? 0) + config.codeLifetimeSeconds + 1;
      if (now < at) return at;
      await endTarget(object, true, null);
      return null;
    },
    revoke_below: async () => {
      await revokeBelow(object);
      return null;
    },
    /** After the retention time: the directory's row, then everything here. */
    forget: async (now) => {
      const token = readToken(storage.sql);
      if (!token || token.ended === null) return null;
      const at = token.ended + config.retentionSeconds;
      if (now < at) return at;
      await forgetToken(directory, token.mom_id);
      await deleteToken(storage);
      return null;
    },
  };
}
