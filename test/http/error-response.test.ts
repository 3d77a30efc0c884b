import { describe, expect, it } from "vitest";
import type { Reason, Refusal } from "../../src/errors.ts";
import { errorResponse } from "../../src/http/error-response.ts";

type Row<R extends Reason> = readonly [Omit<Extract<Refusal, { reason: R }>, "reason">, number, string, string];

/** Evidence, status, code, description. A reason without a row does not compile. */
const CATALOGUE: { readonly [R in Reason]: Row<R> } = {
  bad_request: [{ description: "scope: expected string" }, 400, "invalid_request", "scope: expected string"],
  body_too_large: [{ limitBytes: 65_536 }, 413, "invalid_request", "the body has more than 65536 bytes"],
  unsupported_content_encoding: [{ encoding: "gzip" }, 415, "invalid_request", "bodies must not be compressed"],
  unsupported_grant_type: [{}, 400, "invalid_grant", "Unsupported grant_type"],
  unsupported_issuer: [{}, 400, "invalid_request", "The provided issuer is not supported"],
  state_mismatched: [{}, 400, "invalid_request", "State mismatched"],
  not_found: [{ description: "/nope" }, 404, "not_found", "/nope"],
  no_token: [{}, 401, "invalid_token", "no mytoken found in request"],
  no_token_to_revoke: [{}, 400, "invalid_request", "no token given"],
  malformed_token: [{}, 400, "invalid_request", "token not valid"],
  invalid_token: [{ description: "invalid issuer" }, 401, "invalid_token", "invalid issuer"],
  token_unknown: [{}, 401, "invalid_token", "token not known"],
  token_ended: [{ how: "revoked" }, 401, "invalid_token", "token has been revoked"],
  token_not_yet_valid: [{}, 401, "invalid_token", "token is not valid yet"],
  token_outdated: [{}, 401, "invalid_token", "token is outdated: it has been rotated"],
  token_reused: [{ revoked: false }, 401, "invalid_token", "token is outdated: it has been rotated"],
  token_not_issued: [{}, 401, "invalid_token", "token not valid"],
  insufficient_capabilities: [
    { capability: "AT" },
    403,
    "insufficient_capabilities",
    "The provided token does not have the required capability for this operation",
  ],
  usage_restricted: [
    { why: "hosts" },
    403,
    "usage_restricted",
    "The restrictions of this token does not allow this usage",
  ],
  token_not_for_issuer: [{}, 400, "invalid_request", "token not for specified issuer"],
  mom_id_not_below: [
    { purpose: "revocation", momId: "x" },
    403,
    "insufficient_capabilities",
    "The provided token is neither a parent of the token to be revoked nor does it have the 'manage_mytokens:revoke' capability",
  ],
  mom_id_not_yours: [
    { purpose: "revocation", momId: "x" },
    403,
    "invalid_grant",
    "The provided token cannot be used to revoke this mom_id",
  ],
  code_unknown: [{}, 401, "invalid_token", "Bad polling or transfer code"],
  code_spent: [{}, 401, "invalid_token", "Bad polling or transfer code"],
  code_expired: [{}, 401, "expired_token", "polling or transfer code is expired"],
  authorization_pending: [{}, 428, "authorization_pending", "the login has not been completed yet"],
  declined: [{}, 401, "access_denied", "user declined consent"],
  flow_gone: [{}, 404, "not_found", "the consent code is unknown or expired"],
  no_capabilities_left: [
    {},
    400,
    "invalid_request",
    "mytoken to be issued cannot have any of the requested capabilities",
  ],
  restrictions_not_tighter: [
    { clause: 1, member: "exp" },
    400,
    "invalid_request",
    "requested restrictions are not subset of original restrictions: 'exp' of clause 1",
  ],
  lifetime_exceeded: [
    { maximumSeconds: 3600 },
    400,
    "invalid_request",
    "requested restrictions do not respect maximum mytoken lifetime of 3600 seconds",
  ],
  already_expired: [{}, 400, "invalid_request", "token would already be expired"],
  name_too_long: [{ limit: 100 }, 400, "invalid_request", "a name has at most 100 characters"],
  too_many_codes: [{ limit: 20 }, 400, "invalid_request", "a token has at most 20 unused transfer codes"],
  provider_refused: [
    { status: 400, error: "invalid_grant", description: "Token revoked" },
    400,
    "oidc_error",
    "invalid_grant: Token revoked",
  ],
  provider_unknown: [{ detail: "no answer" }, 555, "oidc_error", "no answer"],
  no_refresh_token_from_provider: [{}, 555, "oidc_error", "Did not receive a refresh token"],
  no_subject_from_provider: [{}, 555, "oidc_error", "could not get 'subject' from id token"],
  audience_withheld: [
    { demanded: ["https://a"], came: ["https://a", "https://b"] },
    555,
    "oidc_error",
    "the provider did not respect the audience: demanded 'https://a', came 'https://a https://b'",
  ],
  scope_withheld: [
    { demanded: ["openid"], came: ["openid", "email"] },
    555,
    "oidc_error",
    "the provider did not respect the scope: demanded 'openid', came 'openid email'",
  ],
  attributes_missing: [{}, 403, "access_denied", "you do not have the required attributes to use this service"],
  claims_not_understood: [{}, 555, "oidc_error", "invalid_claim_source_response: cannot understand claim type"],
  group_credentials_wrong: [{}, 401, "unauthorized", "the credentials of the profile group are missing or wrong"],
  group_forbidden: [{}, 403, "Forbidden", "these are the credentials of another profile group"],
  already_exists: [{ description: "tag exists" }, 409, "invalid_request", "tag exists"],
  mail_required: [{ description: "no address" }, 422, "mail_required", "no address"],
  too_many_requests: [{ retryAfterSeconds: 60 }, 429, "too_many_requests", "slow down"],
  temporarily_unavailable: [
    { retryAfterSeconds: 1 },
    503,
    "temporarily_unavailable",
    "the server cannot answer at the moment, try again",
  ],
};

function answer(refusal: Refusal): Response {
  return errorResponse(refusal);
}

describe("every reason", () => {
  it.each(Object.entries(CATALOGUE))("%s", async (reason, [evidence, status, error, description]) => {
    const response = answer({ reason, ...evidence } as Refusal);
    expect(response.status).toBe(status);
    expect(response.headers.get("Content-Type")).toBe("application/json");
    expect(response.headers.get("Cache-Control")).toBe("no-store");
    expect(await response.json()).toEqual({ error, error_description: description });
  });
});

describe("evidence", () => {
  it("tells an expired token from a revoked one, and that reuse had consequences", async () => {
    const expired = await answer({ reason: "token_ended", how: "expired" }).json<{ error_description: string }>();
    expect(expired.error_description).toBe("token is expired");
    const reused = await answer({ reason: "token_reused", revoked: true }).json<{ error_description: string }>();
    expect(reused.error_description).toContain("it has been revoked");
  });

  it("names the token that is wanted, and what for", async () => {
    const told = async (refusal: Refusal) =>
      (await answer(refusal).json<{ error_description: string }>()).error_description;
    expect(await told({ reason: "mom_id_not_below", purpose: "history", momId: "x".repeat(1000) })).toBe(
      `The provided token is neither a parent of the token with mom_id '${"x".repeat(128)}' nor does it have the 'manage_mytokens:history' capability`,
    );
    expect(await told({ reason: "mom_id_not_below", purpose: "tags", momId: "x" })).toBe(
      "The provided token is neither a parent of the subject token nor does it have the 'manage_mytokens:tags' capability",
    );
    expect(await told({ reason: "mom_id_not_yours", purpose: "notifications", momId: "x" })).toBe(
      "The provided token cannot be used to obtain notifications for mom_id 'x'",
    );
    expect(await told({ reason: "mom_id_not_yours", purpose: "tags", momId: "x" })).toBe(
      "The provided token cannot be used to manage this mom_id",
    );
  });

  it("never tells why a restriction failed", async () => {
    expect(await answer({ reason: "usage_restricted", why: "hosts 10.0.0.0/8" }).text()).not.toContain("10.0.0.0");
  });

  it("says when to come again", () => {
    expect(answer({ reason: "too_many_requests", retryAfterSeconds: 60 }).headers.get("Retry-After")).toBe("60");
    expect(answer({ reason: "temporarily_unavailable", retryAfterSeconds: 0.2 }).headers.get("Retry-After")).toBe("1");
    expect(answer({ reason: "no_token" }).headers.has("Retry-After")).toBe(false);
  });

  it("asks for the credentials of a profile group", () => {
    const { headers } = answer({ reason: "group_credentials_wrong" });
    expect(headers.get("WWW-Authenticate")).toBe("basic realm=Restricted");
  });

  it("begins with the provider's own text, with our hint behind it", async () => {
    const refusal = { reason: "provider_refused", status: 401, error: "invalid_grant" } as const;
    expect(await answer(refusal).json()).toEqual({ error: "oidc_error", error_description: "invalid_grant" });
    const hinted = await answer({ ...refusal, description: "expired", hint: "log in again" }).json();
    expect(hinted).toEqual({ error: "oidc_error", error_description: "invalid_grant: expired (log in again)" });
  });

  it("passes on no status of the provider that would be a success or none at all", () => {
    for (const status of [200, 302, 600, 1000, Number.NaN]) {
      expect(answer({ reason: "provider_refused", status, error: "e" }).status).toBe(555);
    }
    expect(answer({ reason: "provider_refused", status: 599, error: "e" }).status).toBe(599);
  });

  it("caps what a provider can make us say", async () => {
    const text = await answer({ reason: "provider_refused", status: 400, error: "e".repeat(100_000) }).text();
    expect(text.length).toBeLessThan(2100);
  });

  it("never repeats a token that a client put where none belongs", async () => {
    const short = `mts_${"A1b2".repeat(15)}`;
    const jwt = `${"eyJh".repeat(20)}.${"eyJp".repeat(50)}.${"c2ln".repeat(32)}`;
    for (const token of [short, jwt, jwt.slice(0, 256)]) {
      const told = await answer({ reason: "bad_request", description: `value '${token}' not valid` }).json();
      expect(told).toEqual({ error: "invalid_request", error_description: "value '...' not valid" });
    }
  });
});
