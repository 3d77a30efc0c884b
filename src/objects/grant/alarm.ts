/** What a Grant does later: drop the half-made, tell the ended, prune the dead, and empty itself. Bounded work each. */
import type { DueHandler } from "../due.ts";
import { makeDue } from "../due.ts";
import { destroyIfEmpty } from "./close.ts";
import type { GrantContext } from "./refresh.ts";
import { dropJoining, earliestIn, isEmpty, markTold, pruneMembers, untoldMembers } from "./register.ts";
import { readLogin } from "./schema.ts";

const TOLD_AT_ONCE = 20;
const PRUNED_AT_ONCE = 500;

/** How the Grant reaches its members' objects. */
export interface Members {
  /** The member was revoked: its secrets go, its history stays for the retention time. Idempotent. */
  retire(momId: string): Promise<void>;
  /** The member was never answered: it erases itself. Idempotent. */
  erase(momId: string): Promise<void>;
}

/** The handlers by kind of appointment. */
export function dueHandlers(grant: GrantContext, members: Members): Readonly<Record<string, DueHandler>> {
  const { storage, config } = grant;
  return {
    /** Members still `joining` after the timeout were never answered. A grant without members closes. */
    joining: async (now) => {
      dropJoining(storage.sql, now - config.joinTimeoutSeconds, now);
      makeDue(storage.sql, "tell", now);
      const oldest = earliestIn(storage.sql, "joining");
      if (oldest !== null) return oldest + config.joinTimeoutSeconds;
      destroyIfEmpty(storage, now);
      return null;
    },
    tell: async (now) => {
      for (const member of untoldMembers(storage.sql, TOLD_AT_ONCE)) {
        if (member.state === "revoked") await members.retire(member.mom_id);
        else await members.erase(member.mom_id);
        markTold(storage.sql, member.mom_id, now);
      }
      makeDue(storage.sql, "prune", now + config.retentionSeconds);
      return untoldMembers(storage.sql, 1).length > 0 ? now : null;
    },
    /** Dead leaves go after the retention time; a closed grant without members goes altogether. */
    prune: async (now) => {
      const pruned = pruneMembers(storage.sql, now - config.retentionSeconds, PRUNED_AT_ONCE);
      if (pruned > 0) return now;
      if (readLogin(storage.sql)?.closed !== null && isEmpty(storage.sql)) {
        await storage.deleteAll();
        return null;
      }
      const oldest = earliestIn(storage.sql, "gone");
      return oldest === null ? null : Math.max(oldest + config.retentionSeconds, now + 1);
    },
  };
}
