/** Rules about what tokeninfo tells. */
import type { Json, JsonObject } from "../recording.ts";
import { jsonOf } from "../wire.ts";
import { membersOf } from "./answers.ts";
import type { Rule } from "./rule.ts";

export const HISTORY_RULES: readonly Rule[] = [
  {
    id: "queries-logged",
    adapt: (expected, { actual }) => {
      const members = membersOf(expected);
      const recorded = members["events"];
      const given = (jsonOf(actual.text) as JsonObject | undefined)?.["events"];
      if (!Array.isArray(recorded) || !Array.isArray(given)) return null;
      const more = QUERIES.flatMap((event) => surplus(event, recorded, given));
      return more.length === 0 ? null : { ...expected, json: { ...members, events: [...recorded, ...more] } };
    },
  },
];

/** Events of tokeninfo calls that unrestricted mytokens leave in our history only. */
const QUERIES = [
  "tokeninfo_history",
  "tokeninfo_history_other_token",
  "tokeninfo_subtokens",
  "tokeninfo_list_mytokens",
  "tokeninfo_notifications",
  "tokeninfo_notifications_other_token",
];

function surplus(event: string, recorded: Json[], given: Json[]): JsonObject[] {
  const count = (events: Json[]) => events.filter((entry) => (entry as JsonObject)["event"] === event).length;
  const length = Math.max(0, count(given) - count(recorded));
  return Array.from({ length }, () => ({ event, ip: "{{any}}", mom_id: "{{any}}", time: "{{now}}" }));
}
