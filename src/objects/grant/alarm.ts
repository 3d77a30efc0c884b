/** What a Grant does later: drop the half-made, tell the ended, prune the dead, and empty itself. Bounded work each. */
import type { DueHandler } from "../due.ts";
import { makeDue } from "../due.ts";
import { destroyIfEmpty } from "./close.ts";
import type { GrantContext } from "./refresh.ts";
import {
  dropJoining,
  earliestDeadLeaf,
  earliestIn,
  isEmpty,
  markTold,
  pruneMembers,
  untoldMembers,
} from "./register.ts";
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
  const { storage, config, memory } = grant;
  return {
    /** Members still `joining` after the timeout were never answered. A grant without members closes. */
    joining: async (now) => {
      if (dropJoining(storage.sql, now - config.joinTimeoutSeconds, now) > 0) makeDue(storage.sql, "tell", now);
      const oldest = earliestIn(storage.sql, "joining");
      if (oldest !== null) return oldest + config.joinTimeoutSeconds;
      destroyIfEmpty(storage, now);
      return null;
    },
    /** One member that cannot be told holds up no other; it is told later, with the next batch. */
    tell: async (now) => {
      const batch = untoldMembers(storage.sql, TOLD_AT_ONCE);
      const told = await Promise.allSettled(
        batch.map(async ({ mom_id: momId, state }) => {
          await (state === "revoked" ? members.retire(momId) : members.erase(momId));
          markTold(storage.sql, momId, now);
        }),
      );
      makeDue(storage.sql, "prune", now + config.retentionSeconds);
      const failed = told.find((one) => one.status === "rejected");
      if (failed) throw failed.reason;
      return untoldMembers(storage.sql, 1).length > 0 ? now : null;
    },
    /** Dead leaves go after the retention time; a closed grant without members goes altogether. */
    prune: async (now) => {
      const pruned = pruneMembers(storage.sql, now - config.retentionSeconds, PRUNED_AT_ONCE);
      if (pruned > 0) return now;
      if (readLogin(storage.sql)?.closed !== null && isEmpty(storage.sql)) {
        memory.login = null;
        await storage.deleteAll();
        return null;
      }
      // Only leaves: a dead parent waits for its last child, whose end makes an appointment of its own.
      const oldest = earliestDeadLeaf(storage.sql);
      return oldest === null ? null : oldest + config.retentionSeconds;
    },
  };
}
