import { expect, it } from "vitest";
import { HandMade } from "./check/hand-made.ts";
import { secretsOf } from "./given-out.ts";
import { note } from "./tokens.ts";

it("every text of a token and every code that was presented is looked for on the disk", () => {
  const history = new HandMade();
  const token = history.token({ text: "mts_1" });
  note(token, `eyJhbGciOiJub25lIn0.${Buffer.from('{"seq_no":2}').toString("base64url")}.s`, "mts_1");
  history.call("redeem", { about: { kind: "transfer", text: "AbcdefgH", token } });
  history.call("poll", { about: { kind: "polling", text: "polling-code", token: null } });
  expect(secretsOf([history])).toEqual(["fake-rt-", "eyJhbGciOiJub25lIn0.", "mts_1", "AbcdefgH", "polling-code"]);
});
