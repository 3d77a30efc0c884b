/** Rules about polling codes and transfer codes. */
import type { Json, JsonObject, RecordedRequest } from "../recording.ts";
import { jsonOf } from "../wire.ts";
import { membersOf, refusal } from "./answers.ts";
import { membersSent, type Rule } from "./rule.ts";

export const CODE_RULES: readonly Rule[] = [
  {
    id: "kinds-of-codes",
    adapt: (_, { step: { request } }) => (isOtherKind(request) ? refusal(401, "invalid_token") : null),
  },
  {
    id: "transfer-rotation",
    adapt: (expected, { step: { request }, actual }) => {
      const rotation = (jsonOf(actual.text) as JsonObject | undefined)?.["rotation"];
      const redeemed = membersSent(request)["grant_type"] === "transfer_code";
      if (!redeemed || expected.status !== 200 || rotation === undefined) return null;
      return { ...expected, json: { ...membersOf(expected), rotation } };
    },
  },
];

/** A code of one kind presented as the other. */
function isOtherKind(request: RecordedRequest): boolean {
  const { grant_type: grant, transfer_code: transfer, polling_code: polling } = membersSent(request);
  return (
    (grant === "transfer_code" && isPlaceholder(transfer, "polling_code")) ||
    (grant === "polling_code" && isPlaceholder(polling, "transfer_code"))
  );
}

function isPlaceholder(value: Json | undefined, kind: string): boolean {
  return typeof value === "string" && value.startsWith(`{{${kind}:`);
}
