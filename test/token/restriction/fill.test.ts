import { describe, expect, it } from "vitest";
import {
  authorizationAudiences,
  authorizationScopes,
  clampScopes,
  fillRequest,
  isGoogle,
  refreshScopes,
} from "../../../src/token/restriction/fill.ts";

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

describe("scopes towards the provider", () => {
  const op = "https://op.example";
  it.each([
    ["no clause", [], ["openid", "profile", "offline_access"]],
    ["the union", [{ scope: "a" }, { scope: "b a" }], ["a", "b", "offline_access", "openid"]],
    ["a clause for any scope", [{ scope: "a" }, {}], ["a", "openid", "profile", "offline_access"]],
    ["a blank scope", [{ scope: " " }], ["openid", "profile", "offline_access"]],
    ["offline_access already there", [{ scope: "offline_access" }], ["offline_access", "openid"]],
    ["not by a part of a word", [{ scope: "my_offline_access" }], ["my_offline_access", "offline_access", "openid"]],
  ])("at login: %s", (_what, clauses, scopes) => {
    expect(authorizationScopes(clauses, PROVIDER, op)).toEqual(scopes);
  });
  it("at refresh", () => {
    expect(refreshScopes(["a", "my_offline_access"], op)).toEqual(["a", "my_offline_access", "offline_access"]);
    expect(refreshScopes(["offline_access", "a"], op)).toEqual(["offline_access", "a"]);
    expect(refreshScopes([], op)).toEqual([]);
  });
  it("at Google have no offline_access", () => {
    for (const google of ["https://accounts.google.com", "https://accounts.google.com/"]) {
      expect(isGoogle(google)).toBe(true);
      expect(authorizationScopes([], PROVIDER, google)).toEqual(PROVIDER);
      expect(refreshScopes(["a"], google)).toEqual(["a"]);
    }
    expect(isGoogle("https://accounts.google.com.evil.example")).toBe(false);
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
