/** The rule of histories fails for each kind of event: one too few, one too many, one of a kind that does not belong. */
import { expect, it } from "vitest";
import type { Call, Operation } from "../model.ts";
import { note } from "../tokens.ts";
import { check } from "./check.ts";
import { HandMade, roundOf } from "./hand-made.ts";

function faults(history: HandMade): string[] {
  return check(roundOf(history)).flatMap(({ rule, what }) => (rule === "history" ? [what] : []));
}

/** A root after a call, which then tells these events. */
function told(operation: Operation, events: readonly string[], given: Partial<Call> = {}): string[] {
  const history = new HandMade();
  const root = history.token();
  const about = operation === "redeem" ? history.code(root) : history.token({ parent: root });
  const used =
    operation === "redeem" ? { about } : operation === "poll" ? { family: root.family } : { token: root, about };
  history.call(operation, { ...used, ...given });
  history.tell(root, events);
  return faults(history);
}

it.each([
  ["exchange", "AT_created"],
  ["subtoken", "MT_created"],
  ["transfer", "transfer_code_created"],
  ["redeem", "transfer_code_used"],
  ["poll", "transfer_code_used"],
  ["introspect", "tokeninfo_introspect"],
  ["history", "tokeninfo_history"],
  ["tag", "tag_added_to_token"],
  ["revoke_other", "revoked_other_token"],
] as const)("%s leaves %s", (operation, event) => {
  expect(told(operation, [event])).toEqual([]);
  expect(told(operation, [])).toHaveLength(1);
  expect(told(operation, [event, event])).toHaveLength(1);
  expect(told(operation, [event], { status: 403 }), "nothing happened").toHaveLength(1);
});

it("what has no answer may be listed, but a poll that is answered is the only one that collects", () => {
  const unknown = { outcome: "unknown", status: null } as const;
  for (const events of [[], ["AT_created"]]) expect(told("exchange", events, unknown)).toEqual([]);
  expect(told("exchange", ["AT_created", "AT_created"], unknown)).toHaveLength(1);
  expect(told("poll", ["transfer_code_used"], unknown)).toHaveLength(1);
});

it("how a token was made is listed, and nothing unknown", () => {
  const history = new HandMade();
  const root = history.token();
  history.tell(history.token({ parent: root, form: "transfer_code" }), ["inherited_RT", "transfer_code_created"]);
  expect(faults(history)).toEqual([]);
  history.tell(history.token({ parent: root }), []);
  history.tell(root, ["created"]);
  history.tell(history.token(), ["ssh_key_added"]);
  expect(faults(history).map((what) => what.split(" ")[1])).toEqual(["inherited_RT", "created", "ssh_key_added"]);
});

it("a history that cannot be read is a fault, unless its token may have ended", () => {
  const history = new HandMade();
  const token = history.token();
  const untell = (status: number | null) => {
    history.untold.push({ token, call: history.call("history", { token, isCalm: true, status }) });
  };
  untell(401);
  untell(503);
  expect(faults(history)).toHaveLength(2);
  history.call("revoke_own", { token, about: token, outcome: "unknown", status: null });
  expect(faults(history)).toEqual([expect.stringContaining("503")]);
});

it("each rotation is listed once", () => {
  const rotated = (events: readonly string[]) => {
    const history = new HandMade();
    const token = history.token({ autoRevoke: true, text: "mts_1" });
    history.call("exchange", { token });
    note(token, "mts_2", "mts_1");
    history.tell(token, ["AT_created", ...events]);
    return faults(history);
  };
  expect(rotated(["token_rotated"])).toEqual([]);
  expect(rotated([])).toHaveLength(1);
  expect(rotated(["token_rotated", "token_rotated"])).toHaveLength(1);
  expect(told("exchange", ["AT_created", "token_rotated"]), "a token that does not rotate").toHaveLength(1);
});
