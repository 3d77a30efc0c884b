import { describe, expect, it } from "vitest";
import { authorizationAudiences, clampScopes, clauseScopes, fillRequest } from "../../../src/token/restriction/fill.ts";

const NOTHING = { scopes: [], audiences: [] };
const PROVIDER = ["openid", "profile"];

describe("an access token is requested", () => {
  it("as asked, also for an unrestricted token", () => {
    const asked = { scopes: ["a"], audiences: ["x"] };
    expect(fillRequest(null, asked, PROVIDER)).toEqual(asked);
    expect(fillRequest({ scope: "a b", audience: ["x", "y"] }, asked, PROVIDER)).toEqual(asked);
  });
  it("as the clause says, else for all scopes and no audience", () => {
    expect(fillRequest({ scope: " a  b", audience: ["x", "y"] }, NOTHING, PROVIDER)).toEqual({
      scopes: ["a", "b"],
      audiences: ["x", "y"],
    });
    expect(fillRequest({ scope: "  " }, NOTHING, PROVIDER)).toEqual({ scopes: PROVIDER, audiences: [] });
    expect(fillRequest(null, NOTHING, PROVIDER)).toEqual({ scopes: PROVIDER, audiences: [] });
    expect(fillRequest(null, NOTHING, [])).toEqual(NOTHING);
  });
});

describe("scopes at login", () => {
  it.each([
    ["no clause", [], ["openid", "profile"]],
    ["the union", [{ scope: "a" }, { scope: "b a" }], ["a", "b"]],
    ["a clause for any scope", [{ scope: "a" }, {}], ["a", "openid", "profile"]],
    ["a blank scope", [{ scope: " " }], ["openid", "profile"]],
  ])("%s", (_what, clauses, scopes) => {
    expect(clauseScopes(clauses, PROVIDER)).toEqual(scopes);
  });
});

describe("audiences at login", () => {
  it("are all of them, or none", () => {
    expect(authorizationAudiences([{ audience: ["x", "y"] }, { audience: ["y", "z"] }])).toEqual(["x", "y", "z"]);
    expect(authorizationAudiences([{ audience: ["x"] }, {}])).toEqual([]);
    expect(authorizationAudiences([{ audience: ["x"] }, { audience: [] }])).toEqual([]);
    expect(authorizationAudiences([])).toEqual([]);
  });
});

describe("granted scopes", () => {
  it("never widen a clause", () => {
    const clauses = [{ scope: "a b", exp: 5 }, { scope: "c" }, { audience: ["x"] }];
    expect(clampScopes(clauses, ["b"])).toEqual([{ scope: "b", exp: 5 }, { audience: ["x"] }]);
    expect(clampScopes([{ scope: "c" }], ["b"])).toBeNull();
  });
  it("that are not said change nothing", () => {
    expect(clampScopes([{ scope: "c" }], [])).toEqual([{ scope: "c" }]);
    expect(clampScopes([], ["b"])).toEqual([]);
    expect(clampScopes([{ scope: " " }], ["b"])).toEqual([{ scope: " " }]);
  });
});
