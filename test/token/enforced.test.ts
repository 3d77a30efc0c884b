import { describe, expect, it } from "vitest";
import { decideEnforcement, enforcedContent } from "../../src/token/enforced.ts";

const SETTINGS = {
  claim_sources: [
    { source: "op", claim: "groups" },
    { source: "https://attributes.example", claim: "roles" },
  ],
  mapping: [
    { value: "admin", template: "" },
    { value: "user", template: "short" },
    { value: "constructor", template: "odd" },
  ],
  default_template: "web-default",
  forbid_on_default: false,
};

function decide(claims: Readonly<Record<string, unknown>>, settings = SETTINGS) {
  return decideEnforcement(settings, ({ source, claim }) => new Map(Object.entries(claims)).get(`${source} ${claim}`));
}

describe("decideEnforcement", () => {
  it("asks the sources in order; the first that has the claim decides", () => {
    const roles = { "https://attributes.example roles": "user" };
    expect(decide(roles)).toEqual({ kind: "template", template: "short" });
    expect(decide({ "op groups": "nobody", ...roles })).toEqual({ kind: "template", template: "web-default" });
  });
  it("takes the first mapping that fits, whatever the order of the values (Q46)", () => {
    expect(decide({ "op groups": ["user", "admin"] })).toEqual({ kind: "none" });
    expect(decide({ "op groups": ["constructor", "user"] })).toEqual({ kind: "template", template: "short" });
    expect(decide({ "op groups": "toString" })).toEqual({ kind: "template", template: "web-default" });
  });
  it.each([[5], [null], [{}], [true], [["user", 5]], [[["user"]]]])("does not understand %j", (value) => {
    expect(decide({ "op groups": value })).toEqual({ kind: "not_understood" });
  });
  it("forbids by default if told so, and only by default", () => {
    const strict = { ...SETTINGS, forbid_on_default: true };
    expect(decide({}, strict)).toEqual({ kind: "forbidden" });
    expect(decide({ "op groups": [] }, strict)).toEqual({ kind: "forbidden" });
    expect(decide({ "op groups": "admin" }, strict)).toEqual({ kind: "none" });
  });
  it("is off without claim sources", () => {
    expect(decide({}, { ...SETTINGS, claim_sources: [], forbid_on_default: true })).toEqual({ kind: "none" });
  });
});

describe("enforcedContent", () => {
  it.each([
    ["12h ip-this", "12h ip-this"],
    ["@group/12h", "@group/12h"],
    [' {"exp":"+1d"}', { exp: "+1d" }],
    ['["12h",{"scope":"a"}]', ["12h", { scope: "a" }]],
    ["{broken", "{broken"],
  ])("reads %j as %j", (template, content) => {
    expect(enforcedContent(template)).toEqual(content);
  });
});
