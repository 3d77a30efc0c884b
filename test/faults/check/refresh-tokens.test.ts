/** The rule of refresh tokens that are not the provider's current one: it fails without an excuse, and lists what has one. */
import { expect, it } from "vitest";
import type { Call } from "../model.ts";
import { check } from "./check.ts";
import { HandMade, roundOf } from "./hand-made.ts";
import type { RoundRecord } from "./rule.ts";

const SECOND = 1000;

/** The provider answered a refresh with a new refresh token, `outcome`, and later the one before was presented again. */
function stale(outcome: number | string) {
  const history = new HandMade();
  const root = history.token();
  const at = history.now;
  const form = { grant_type: ["refresh_token"], refresh_token: ["rt-1"] };
  const requests = [
    { at, ended: at + 1, endpoint: "token", outcome, issued: "rt-2", form },
    { at: at + 9 * SECOND, endpoint: "token", outcome: 400, form },
  ];
  const { provider } = history.atProvider(root.family, ["rt-1", "rt-2"], { requests });
  const refused = { token: root, started: at + 9 * SECOND, ended: at + 9 * SECOND + 10, status: 400 };
  history.standings.push({ family: root.family, exchanged: history.call("exchange", refused), provider });
  const verdict = (more: Partial<RoundRecord> = {}): string => {
    const [found] = check(roundOf(history, more)).filter(({ rule }) => rule === "no refresh token lost");
    return found === undefined ? "kept" : `${found.isListed ? "listed" : "broken"}: ${found.what}`;
  };
  /** A caller from just before the refresh, answered so much later. */
  const caller = (later: number, given: Partial<Call>) =>
    history.call("exchange", { token: root, started: at - 10, ended: at + later, ...given });
  return { verdict, caller, at, history, root };
}

it("fails, and tells what happened when", () => {
  const { verdict, caller } = stale(200);
  caller(SECOND, { status: 555 });
  expect(verdict()).toMatch(/^broken: .*nothing explains that: .*exchange: refused 555/);
});

it("lists an answer that the provider dropped", () => {
  expect(stale("cut").verdict()).toMatch(/^listed: .*dropped its answer/);
});

it("lists a crash before the commit, unless somebody was answered by that refresh", () => {
  const { verdict, caller, at, history, root } = stale(200);
  const kill = (from: number) => ({ kills: [{ from: at + from, to: at + from + SECOND }] });
  expect(verdict(kill(SECOND))).toMatch(/^listed: .*killed before the commit/);
  expect(verdict(kill(3 * SECOND))).toMatch(/^broken/);
  history.resets.push({ kind: "grant", momId: root.momId, family: root.family, from: at, to: at + 5 });
  expect(verdict()).toMatch(/^listed: .*reset before the commit/);
  history.resets.pop();
  caller(50, {});
  expect(verdict(kill(SECOND))).toMatch(/^broken/);
});

it("lists a kill soon after a busy server answered who had waited", () => {
  const { verdict, caller, at } = stale(200);
  caller(2 * SECOND, { status: 503 });
  expect(verdict({ kills: [{ from: at + 3 * SECOND, to: at + 4 * SECOND }] })).toMatch(/^listed: .*killed/);
});

it("lists an answer that came after the limit, or that a busy server could not see before", () => {
  const { verdict, caller } = stale(200);
  caller(5 * SECOND, { status: 555 });
  expect(verdict()).toMatch(/^listed: .*too late/);
  caller(6 * SECOND, {});
  expect(verdict(), "but somebody was answered by that refresh").toMatch(/^broken/);
});
