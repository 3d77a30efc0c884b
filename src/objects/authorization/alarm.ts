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
    /** First the state, which a poll looks at, then what was made: everything that nobody collected ends. */
    end: async (now) => {
      const flow = readFlow(storage.sql);
      if (!flow) return null;
      const { state, grant_id: grantId } = flow;
      // The exchange outlived every limit, so it crashed.
      if (state === "exchanging") endFlow(storage.sql, "failed");
      if (state === "pending" || state === "consented" || state === "fulfilled") endFlow(storage.sql, "expired");
      if (state !== "collected" && grantId !== null) await grant(grantId).abandon();
      makeDue(storage.sql, "forget", now + TOMBSTONE_SECONDS);
      return null;
    },
    forget: async () => {
      await storage.deleteAll();
      return null;
    },
  };
}
