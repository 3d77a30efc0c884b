/** The rule of refresh tokens that live on at the provider: each fails without its reason, and is listed with it. */
import { expect, it } from "vitest";
import type { Call, Family, Operation } from "../model.ts";
import { check } from "./check.ts";
import { HandMade, roundOf } from "./hand-made.ts";
import type { RoundRecord } from "./rule.ts";

const RULE = "no login orphaned";

function verdict(history: HandMade, more: Partial<RoundRecord> = {}): "listed" | "broken" | "kept" {
  const found = check(roundOf(history, more)).filter(({ rule }) => rule === RULE);
  if (found.length === 0) return "kept";
  return found.every(({ isListed }) => isListed) ? "listed" : "broken";
}

/** A login whose browser came back, and whose refresh token lives on at the provider; nobody holds it. */
function lost(step: Partial<Call>) {
  const history = new HandMade();
  const family = history.family();
  const login = history.atProvider(family, ["rt-1"]);
  const [request] = login.provider.requests;
  history.logins.push(login);
  const add = (operation: Operation, given: Partial<Call>) => history.call(operation, { family, ...given });
  add("return", { started: request!.at - 1, ...step });
  return { history, family, request: request!, add };
}

const GONE = { outcome: "unknown", status: null } as const;

it("of a login that failed in good order", () => {
  const { history, request, add } = lost({ status: 555 });
  add("poll", GONE);
  expect(verdict(history, { kills: [{ from: request.at, to: request.at + 100 }] })).toBe("broken");
  history.logins.splice(0, 1, history.atProvider(history.families[0]!, ["rt-1"], { revoked: "revoked by the client" }));
  expect(verdict(history)).toBe("kept");
});

it("of a login that was finished, and its poller got nothing", () => {
  const { history, add } = lost({});
  add("poll", { status: 401, body: { error: "invalid_token" } });
  expect(verdict(history)).toBe("broken");
  add("poll", { status: 401, body: { error: "expired_token" } });
  expect(verdict(history)).toBe("listed");
});

it("of a login whose poller got no answer", () => {
  const { history, add } = lost({});
  add("poll", GONE);
  expect(verdict(history)).toBe("listed");
});

it("of a login in which a crash fell, before its token was made", () => {
  const { history, family, request } = lost(GONE);
  expect(verdict(history)).toBe("broken");
  expect(verdict(history, { kills: [{ from: request.at, to: request.at + 100 }] })).toBe("listed");
  expect(verdict(history, { kills: [{ from: request.at + 60_000, to: request.at + 60_100 }] })).toBe("broken");
  history.resets.push({ kind: "authorization", momId: null, family, from: request.at, to: request.at + 5 });
  expect(verdict(history)).toBe("listed");
});

it("of a login whose answer the provider dropped, or sent too late", () => {
  for (const change of [{ outcome: "cut" }, { ended: 1e9 }]) {
    const { history, request } = lost({ status: 555 });
    Object.assign(request, change);
    expect(verdict(history)).toBe("listed");
  }
});

/** A login that was held, and that its holder ended. */
function ended(given: Partial<Call>) {
  const history = new HandMade();
  const root = history.token();
  const revocation = history.call("revoke_own", { token: root, about: root, recursive: true, ...given });
  const login = (family: Family) => history.atProvider(family, ["rt-1"]);
  history.logins.push(login(root.family));
  return { history, root, revocation };
}

it("of a login that was revoked", () => {
  const { history, revocation } = ended({});
  expect(verdict(history)).toBe("broken");
  expect(verdict(history, { kills: [{ from: revocation.started, to: revocation.ended }] })).toBe("broken");
});

it("of a login in whose revocation a crash fell; a client that hung up is no reason", () => {
  const { history, revocation } = ended(GONE);
  expect(verdict(history)).toBe("broken");
  expect(verdict(history, { kills: [{ from: revocation.started, to: revocation.ended }] })).toBe("listed");
});

it("of a login whose root ended alone, and whose last member expired", () => {
  const { history, root } = ended({ recursive: false });
  expect(verdict(history)).toBe("broken");
  history.token({ parent: root, expires: true });
  expect(verdict(history)).toBe("listed");
});
