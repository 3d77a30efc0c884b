import { describe, expect, it } from "vitest";
import { audienceParameters, authorizationParameters, refreshParameters } from "../../src/token/provider-parameters.ts";

const REPEATED = { request_parameter: "resource", space_separate_auds: false };
const JOINED = { request_parameter: "audience", space_separate_auds: true };
const GOOGLE = { issuer: "https://accounts.google.com/", scopes: ["openid"], audience: REPEATED };

describe("audienceParameters", () => {
  it("repeats or joins", () => {
    expect(audienceParameters(REPEATED, ["x", "", "y"])).toEqual([
      ["resource", "x"],
      ["resource", "y"],
    ]);
    expect(audienceParameters(JOINED, ["x", "", "y"])).toEqual([["audience", "x y"]]);
    expect(audienceParameters(JOINED, [""])).toEqual([]);
  });
});

describe("Google (slash tolerant)", () => {
  it("gets access_type at login and no offline_access at refresh (Q28)", () => {
    expect(authorizationParameters(GOOGLE, [])).toEqual([
      ["scope", "openid"],
      ["access_type", "offline"],
    ]);
    expect(refreshParameters(GOOGLE, { scopes: ["openid"], audiences: [] })).toEqual([["scope", "openid"]]);
  });
});

describe("authorizationParameters", () => {
  it("names no audience beside a clause for any (QUIRK-58)", () => {
    const provider = { issuer: "https://op", scopes: ["openid"], audience: REPEATED };
    expect(authorizationParameters(provider, [{ audience: ["x"] }, { scope: "a" }])).toEqual([
      ["scope", "openid a offline_access"],
    ]);
  });
});
