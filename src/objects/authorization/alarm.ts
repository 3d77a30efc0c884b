/** How a login ends by itself: expired, crashed or uncollected, then forgotten. */
import type { DueHandler } from "../due.ts";
import { makeDue } from "../due.ts";
import type { AuthorizationContext } from "./context.ts";
import { endFlow, readFlow } from "./schema.ts";

/** How long a tombstone tells "expired" from "unknown". */
const TOMBSTONE_SECONDS = 3600;

/** The handlers by kind of appointment. */
export function dueHandlers({ storage, grant }: AuthorizationContext): Readonly<Record<string, DueHandler>> {
  return {
    end: async (now) => {
      const flow = readFlow(storage.sql);
      if (!flow) return null;
      const { state, grant_id: grantId } = flow;
      if (state === "pending" || state === "consented") endFlow(storage.sql, "expired");
      // The exchange outlived every limit, so it crashed; or nobody collected. Whatever was made ends.
      if (state === "exchanging" || state === "fulfilled") {
        if (grantId !== null) await grant(grantId).abandon();
        endFlow(storage.sql, state === "exchanging" ? "failed" : "expired");
      }
      makeDue(storage.sql, "forget", now + TOMBSTONE_SECONDS);
      return null;
    },
    forget: async () => {
      await storage.deleteAll();
      return null;
    },
  };
}
