/** The checker can fail: for each rule a history made by hand that breaks it, and what keeps it. */
import { describe, expect, it } from "vitest";
import type { Token } from "../model.ts";
import { note } from "../tokens.ts";
import { check } from "./check.ts";
import { HandMade, roundOf } from "./hand-made.ts";
import type { RoundRecord } from "./rule.ts";

/** The rules that fail, those that list left out. */
function broken(history: HandMade, more: Partial<RoundRecord> = {}): string[] {
  return check(roundOf(history, more)).flatMap(({ rule, isListed }) => (isListed ? [] : [rule]));
}

function listed(history: HandMade, more: Partial<RoundRecord> = {}): string[] {
  return check(roundOf(history, more)).flatMap(({ rule, isListed }) => (isListed ? [rule] : []));
}

it("finds nothing in a good history", () => {
  const history = new HandMade();
  const root = history.token();
  const child = history.token({ parent: root, usagesAT: 1 });
  history.call("exchange", { token: child });
  history.call("exchange", { token: child, status: 403, isCalm: true, body: { error: "usage_restricted" } });
  const exchanged = history.call("exchange", { token: root, isCalm: true });
  const login = history.atProvider(root.family, ["rt-1"], { revoked: "revoked by the client" });
  history.standings.push({ family: root.family, exchanged, provider: login.provider });
  history.tell(root, ["AT_created"]);
  history.tell(child, ["inherited_RT", "AT_created"]);
  history.call("revoke_own", { token: root, about: root, recursive: true, isCalm: true });
  history.call("exchange", { token: child, status: 401, isCalm: true });
  history.logins.push(login);
  expect(check(roundOf(history))).toEqual([]);
});

describe("at most N", () => {
  it.each([
    ["too many", ["ok", "ok"] as const],
    ["too few", [] as const],
  ])("%s", (_, outcomes) => {
    const history = new HandMade();
    const token = history.token({ usagesAT: 1 });
    for (const outcome of outcomes) history.call("exchange", { token, outcome });
    history.call("exchange", { token, status: 403, isCalm: true, body: { error: "usage_restricted" } });
    expect(broken(history)).toEqual(["at most N"]);
  });
});

describe("codes once", () => {
  it("a transfer code", () => {
    const history = new HandMade();
    const about = history.code(history.token());
    history.call("redeem", { about });
    expect(broken(history)).toEqual([]);
    history.call("redeem", { about });
    expect(broken(history)).toEqual(["codes once"]);
  });

  it("a provider's code, of a login that nobody holds", () => {
    const history = new HandMade();
    const login = history.atProvider(history.family(), ["rt-1"], { revoked: "code used twice" });
    const [request] = login.provider.requests;
    history.logins.push({ ...login, provider: { ...login.provider, requests: [request!, request!] } });
    expect(broken(history)).toEqual(["codes once"]);
  });
});

describe("one live seq_no", () => {
  const jwt = (seqNo: number, signature: string) =>
    `e30.${Buffer.from(JSON.stringify({ seq_no: seqNo })).toString("base64url")}.${signature}`;
  const rotating = (history: HandMade, text: string): Token => history.token({ autoRevoke: false, text });

  it("two JWTs", () => {
    const history = new HandMade();
    const token = rotating(history, jwt(1, "a"));
    for (const signature of ["b", "c"]) note(token, jwt(2, signature), token.text);
    expect(broken(history)).toEqual(["one live seq_no"]);
  });

  it.each([
    ["JWT", jwt(1, "a"), jwt(2, "b")],
    ["short token", "mts_1", "mts_2"],
  ])("an outdated %s that works", (_, first, second) => {
    const history = new HandMade();
    const token = rotating(history, first);
    history.call("exchange", { token, presented: first });
    note(token, second, first);
    history.call("exchange", { token, presented: second });
    expect(broken(history)).toEqual([]);
    history.call("exchange", { token, presented: first });
    expect(broken(history)).toEqual(["one live seq_no"]);
  });

  it("of two short tokens for one successor one is dead", () => {
    const history = new HandMade();
    const token = rotating(history, "mts_1");
    history.call("exchange", { token, presented: "mts_1" });
    for (const text of ["mts_2a", "mts_2b"]) note(token, text, "mts_1");
    history.call("introspect", { token, presented: "mts_2a" });
    expect(broken(history)).toEqual([]);
    history.call("introspect", { token, presented: "mts_2b", status: 401 });
    expect(broken(history)).toEqual(["one live seq_no"]);
    history.call("exchange", { token, presented: "mts_2a" });
    history.calls.sort((one, other) => Number(other.operation === "exchange") - Number(one.operation === "exchange"));
    expect(broken(history), "nor is one that was replaced later").toEqual(["one live seq_no"]);
  });

  it("a text is dead for a reason: it was replaced, or the token was asked to end", () => {
    const history = new HandMade();
    const token = rotating(history, "mts_1");
    history.call("exchange", { token, presented: "mts_1" });
    history.call("introspect", { token, presented: "mts_1", status: 401 });
    const ended = rotating(history, "mts_3");
    history.call("revoke_other", { token, about: ended, outcome: "unknown", status: null });
    history.call("introspect", { token: ended, presented: "mts_3", status: 401 });
    expect(broken(history)).toEqual([]);
  });
});

describe("revoked stays revoked", () => {
  it.each(["exchange", "redeem"] as const)("%s by a descendant", (operation) => {
    const history = new HandMade();
    const root = history.token();
    const child = history.token({ parent: root });
    history.call("revoke_own", { token: root, about: root, recursive: true });
    history.call(operation, operation === "redeem" ? { about: history.code(child) } : { token: child });
    expect(broken(history)).toEqual(["revoked stays revoked"]);
  });

  it("says nothing of those below one that was dead, and had ended alone", () => {
    const history = new HandMade();
    const root = history.token();
    const child = history.token({ parent: root });
    history.call("revoke_own", { token: root, about: root, recursive: false });
    history.call("revoke_own", { token: root, about: root, recursive: true });
    history.call("exchange", { token: child });
    expect(broken(history)).toEqual([]);
    history.call("exchange", { token: root });
    expect(broken(history)).toEqual(["revoked stays revoked", "revoked stays revoked"]);
  });
});

describe("stays usable", () => {
  it("a token that nobody asked to end", () => {
    const history = new HandMade();
    history.call("exchange", { token: history.token(), status: 401, isCalm: true });
    expect(broken(history)).toEqual(["stays usable"]);
  });

  it("a child of a root that ended alone", () => {
    const history = new HandMade();
    const root = history.token();
    const child = history.token({ parent: root });
    history.call("revoke_own", { token: root, about: root });
    const exchanged = history.call("exchange", { token: root, status: 401, isCalm: true });
    const { provider } = history.atProvider(root.family, ["rt-1"]);
    history.standings.push({ family: root.family, exchanged, provider });
    expect(broken(history)).toEqual([]);
    history.call("exchange", { token: child, status: 401, isCalm: true });
    expect(broken(history)).toEqual(["stays usable"]);
  });
});

it("nothing stays", () => {
  const history = new HandMade();
  const { family } = history.token();
  const leftover = { kind: "directory", user: family.user, flowId: null, what: "token_tags" } as const;
  expect(broken(history, { leftovers: [leftover] })).toEqual(["nothing stays"]);
  expect(broken(history, { leftovers: [{ ...leftover, kind: "codes", user: null }] })).toEqual(["nothing stays"]);
});

it("nothing stays, but whom nobody holds is listed", () => {
  const history = new HandMade();
  const root = history.token();
  const leftovers = [{ kind: "grant", user: root.family.user, flowId: null, what: "live" }] as const;
  history.call("revoke_own", { token: root, about: root, recursive: false });
  expect(broken(history, { leftovers })).toEqual(["nothing stays"]);
  history.call("subtoken", { token: root, outcome: "unknown", status: null });
  expect(listed(history, { leftovers })).toEqual(["nothing stays"]);
});

it("sealed", () => {
  expect(broken(new HandMade(), { exposed: ["a file"] })).toEqual(["sealed"]);
});

it("no bare 500", () => {
  const history = new HandMade();
  history.call("tag", { status: 500, body: { error_description: "request id 1" } });
  expect(broken(history)).toEqual(["no bare 500"]);
});

describe("using a token stands alone", () => {
  const outage = (from: number, to: number) => ({ outages: [{ kind: "directory", how: "fail", from, to }] as const });

  it("a question to a token, whatever is away", () => {
    const history = new HandMade();
    const { started: from, ended: to } = history.call("introspect", { status: 503 });
    expect(broken(history)).toEqual(["using a token stands alone"]);
    expect(broken(history, { kills: [{ from, to }] })).toEqual([]);
  });

  it.each(["exchange", "subtoken"] as const)("%s while only D1 or KV is away", (operation) => {
    const history = new HandMade();
    const token = history.token();
    const { started: from, ended: to } = history.call(operation, { token, status: 503 });
    expect(broken(history, outage(from, to))).toEqual(["using a token stands alone"]);
    expect(broken(history, outage(from + 1, to)), "it began before").toEqual([]);
    expect(broken(history, { ...outage(from, to), kills: [{ from, to }] })).toEqual([]);
    history.resets.push({ kind: "grant", momId: token.momId, family: token.family, from, to });
    expect(broken(history, outage(from, to))).toEqual([]);
  });

  it("not a wait, nor a transfer code", () => {
    const history = new HandMade();
    const token = history.token();
    const started = history.now;
    history.call("exchange", { token, status: 503, started, ended: started + 1000 });
    history.call("subtoken", { token, status: 503, needsCodes: true });
    expect(broken(history, outage(started, history.now + 1000))).toEqual([]);
  });

  it("not what the provider was told to do, until it has done it", () => {
    const history = new HandMade();
    const token = history.token();
    const { family } = token;
    const given = history.now;
    history.scripts.push({ family, from: given, to: given + 1, steps: 1, replace: false });
    const first = history.call("exchange", { token, status: 555 });
    const form = { grant_type: ["refresh_token"] };
    const refresh = { at: first.started, ended: first.ended, endpoint: "token", form, outcome: 503 };
    const code = history.atProvider(family, ["rt-1"], { revoked: "yes" });
    const requests = [{ ...code.provider.requests[0]!, at: given - 1, ended: given - 1 }, refresh];
    history.logins.push({ family, provider: { ...code.provider, requests } });
    expect(broken(history, outage(given, history.now + 1000))).toEqual([]);
    history.call("exchange", { token, status: 555 });
    expect(broken(history, outage(given, history.now + 1000))).toEqual(["using a token stands alone"]);
  });
});
