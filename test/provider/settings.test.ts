import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { isAllowedAddress } from "../../src/provider/address.ts";
import { providerEntry } from "../../src/provider/settings.ts";
import vectors from "../vectors/vectors-audience-enforced.json";

const minimal = { issuer: "https://op.example", client_id: "id", scopes: ["openid"] };
const parse = (changes: object, development = false) =>
  v.safeParse(providerEntry(development), { ...minimal, ...changes });

describe("an entry of PROVIDERS", () => {
  it("has defaults", () => {
    expect(parse({}).output).toEqual({
      ...minimal,
      max_lifetime: 0,
      audience: { use_rfc8707: true, request_parameter: "resource", space_separate_auds: false },
      client_authentication: "basic_raw",
      refresh_token_rotation: "unknown",
      audience_check: "enforce",
      audience_extra: [],
      scope_check: "report",
      scope_extra: [],
    });
  });

  it.each([
    ["issuer", { issuer: "http://op.example" }],
    ["issuer", { issuer: "https://op.example?tenant=1" }],
    ["issuer", { issuer: "https://user@op.example" }],
    ["issuer", { issuer: "op.example" }],
    ["issuer", { issuer: "http://localhost:1" }],
    ["name", { name: "" }],
    ["client_id", { client_id: "" }],
    ["client_id", { client_id: 5 }],
    ["scopes", { scopes: [] }],
    ["scopes.0", { scopes: ["two words"] }],
    ["max_lifetime", { max_lifetime: -1 }],
    ["max_lifetime", { max_lifetime: 0.5 }],
    ["audience.request_parameter", { audience: { request_parameter: "" } }],
    ["audience.use_rfc_8707", { audience: { use_rfc_8707: false } }],
    ["client_authentication", { client_authentication: "jwt" }],
    ["refresh_token_rotation", { refresh_token_rotation: "always" }],
    ["audience_check", { audience_check: "off" }],
    ["audience_extra.0", { audience_extra: [""] }],
    ["scope_check", { scope_check: "off" }],
    ["scope_extra.0", { scope_extra: ['"'] }],
    ["client_secret", { client_secret: "belongs into PROVIDER_SECRETS" }],
    ["audiencecheck", { audiencecheck: "report" }],
    ["enforced_restrictions.claim_sources", { enforced_restrictions: {} }],
    ["enforced_restrictions.claim_sources", { enforced_restrictions: { claim_sources: { "http://a.example": "x" } } }],
    ["enforced_restrictions.claim_sources", { enforced_restrictions: { claim_sources: [{ source: "op" }] } }],
    ["enforced_restrictions.mapping", { enforced_restrictions: { claim_sources: { op: "x" }, mapping: { a: 1 } } }],
  ])("names the member at fault: %s", (member, changes) => {
    const { issues } = parse(changes);
    expect(issues?.map((issue) => v.getDotPath(issue)).join()).toMatch(new RegExp(`^${member.replaceAll(".", "\\.")}`));
  });

  it("names a member that is missing", () => {
    const { issues } = v.safeParse(providerEntry(false), {});
    expect(issues?.map((issue) => v.getDotPath(issue))).toEqual(["issuer", "client_id", "scopes"]);
  });

  it("admits loopback without TLS in development only", () => {
    for (const issuer of ["http://localhost:1/a", "http://127.0.0.1:1", "http://[::1]:1"]) {
      expect(parse({ issuer }, true).success).toBe(true);
      expect(parse({ issuer }, false).success).toBe(false);
    }
    expect(parse({ issuer: "http://localhost.example" }, true).success).toBe(false);
    expect(parse({ issuer: "http://127.0.0.1.example" }, true).success).toBe(false);
  });

  it("keeps the order of claim sources and mappings, given as object or list", () => {
    const asObject = { claim_sources: { userinfo: "a", "https://c.example": "b" }, mapping: { z: "t", a: "" } };
    const asList = {
      claim_sources: [
        { source: "userinfo", claim: "a" },
        { source: "https://c.example", claim: "b" },
      ],
      mapping: [
        { value: "z", template: "t" },
        { value: "a", template: "" },
      ],
    };
    const expected = { ...asList, default_template: "", forbid_on_default: false };
    for (const given of [asObject, asList]) {
      const { output } = parse({ enforced_restrictions: given });
      expect(output).toMatchObject({ enforced_restrictions: expected });
    }
  });

  it.each(vectors.providerAudienceConfig)("audience section $config", ({ config, effective }) => {
    // Q54: a section without `use_rfc8707` counts as on, where the reference takes it for off.
    const expected = config !== null && !("use_rfc8707" in config) ? vectors.providerAudienceConfig[0] : { effective };
    const { output } = parse(config === null ? {} : { audience: config });
    expect(output).toMatchObject({ audience: expected?.effective });
  });
});

describe("isAllowedAddress", () => {
  it.each([
    ["https://op.example/token", true, true],
    ["https://op.example/token?tenant=1", true, true],
    ["http://localhost:1/token", false, true],
    ["http://op.example/token", false, false],
    ["https://user:password@op.example/token", false, false],
    ["https://op.example/token#fragment", false, false],
    ["ftp://op.example", false, false],
    ["javascript:alert(1)", false, false],
    ["/token", false, false],
  ])("%s: deployed %s, in development %s", (address, deployed, development) => {
    expect(isAllowedAddress(address, false)).toBe(deployed);
    expect(isAllowedAddress(address, true)).toBe(development);
  });
});
