import { describe, expect, it } from "vitest";
import { authorizationParameters, refreshParameters } from "../../src/token/provider-parameters.ts";

const REPEATED = { issuer: "https://op", audience: { request_parameter: "resource", space_separate_auds: false } };
const JOINED = { issuer: "https://op", audience: { request_parameter: "audience", space_separate_auds: true } };

function scopeOf([first]: readonly (readonly [string, string])[]): string | undefined {
  return first?.[0] === "scope" ? first[1] : undefined;
}

describe("audiences", () => {
  it("are repeated or joined, without empty ones", () => {
    const asked = { scopes: [], audiences: ["x", "", "y"] };
    expect(refreshParameters(REPEATED, asked)).toEqual([
      ["resource", "x"],
      ["resource", "y"],
    ]);
    expect(refreshParameters(JOINED, asked)).toEqual([["audience", "x y"]]);
    expect(refreshParameters(JOINED, { scopes: [], audiences: [""] })).toEqual([]);
    expect(authorizationParameters(JOINED, asked).slice(1)).toEqual([["audience", "x y"]]);
  });
});

describe("scopes", () => {
  it.each([
    [[], "offline_access openid"],
    [["a"], "a offline_access openid"],
    [["openid", "a"], "openid a offline_access"],
    [["offline_access"], "offline_access openid"],
    [["my_offline_access", "openid"], "my_offline_access openid offline_access"],
  ])("at login: %j", (scopes, sent) => {
    expect(scopeOf(authorizationParameters(REPEATED, { scopes, audiences: [] }))).toBe(sent);
  });
  it.each([
    [[], undefined],
    [["a", "my_offline_access"], "a my_offline_access offline_access"],
    [["offline_access", "a"], "offline_access a"],
  ])("at refresh: %j", (scopes, sent) => {
    expect(scopeOf(refreshParameters(REPEATED, { scopes, audiences: [] }))).toBe(sent);
  });
});

describe.each(["https://accounts.google.com", "https://accounts.google.com/"])("%s", (issuer) => {
  const google = { ...REPEATED, issuer };
  it("gets access_type at login and no offline_access", () => {
    const asked = { scopes: ["openid", "offline_access"], audiences: [] };
    expect(authorizationParameters(google, asked)).toEqual([
      ["scope", "openid"],
      ["access_type", "offline"],
    ]);
    expect(refreshParameters(google, asked)).toEqual([["scope", "openid"]]);
  });
});

it("another host that begins like Google is not Google", () => {
  const sent = authorizationParameters(
    { ...REPEATED, issuer: "https://accounts.google.com.evil.example" },
    { scopes: ["openid"], audiences: [] },
  );
  expect(sent).toEqual([["scope", "openid offline_access"]]);
});
