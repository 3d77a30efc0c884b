/** The only place where a reason becomes a status, a code and a text for the client (token-core §3, DESIGN §8). */
import type { Refusal, TargetPurpose } from "../errors.ts";
import type { CapabilityName } from "../token/capability.ts";
import type { EdgeContext } from "./context.ts";
import { type HeaderFields, jsonResponse } from "./json-response.ts";

/** What the client is told: `error` and `description` are both always there, because pylib dies without them. */
export interface Told {
  readonly status: number;
  readonly error: string;
  readonly description: string;
  readonly headers?: HeaderFields;
}

/** The provider did not do its part; a status of the reference's own. */
const PROVIDER_FAULT = 555;
const MAXIMUM_DESCRIPTION = 2000;

/** Answers a refused request, and notes the reason for the request log. */
export function refused(context: EdgeContext, refusal: Refusal): Response {
  context.get("log").refusal = refusal;
  return errorResponse(refusal);
}

/** The answer to a refusal, as JSON. */
export function errorResponse(refusal: Refusal): Response {
  const { status, error, description, headers } = told(refusal);
  const shown = plain(withoutTokens(description.slice(0, MAXIMUM_DESCRIPTION)));
  return jsonResponse({ error, error_description: shown }, status, headers);
}

/** In the characters that RFC 6749 §5.2 admits. */
function plain(description: string): string {
  return description.replaceAll('"', "'").replaceAll(/[^\u0020-\u007e]|\\/gu, "?");
}

/** Some texts repeat a value or a path, and a client may have put a token there: a short one, or a JWT. */
function withoutTokens(description: string): string {
  return description.replaceAll(/mts_[0-9a-z]{20,}|[\w-]{20,}\.[\w-]{20,}(?:\.[\w-]*)?/gi, "...");
}

/** What a refusal is to the client; pages put it in words of their own. */
export function told(refusal: Refusal): Told {
  switch (refusal.reason) {
    case "bad_request":
      return invalidRequest(refusal.description);
    case "body_too_large":
      return { ...invalidRequest(`the body has more than ${refusal.limitBytes} bytes`), status: 413 };
    case "unsupported_content_encoding":
      return { ...invalidRequest("bodies must not be compressed"), status: 415 };
    case "unsupported_grant_type":
      return { status: 400, error: "invalid_grant", description: "Unsupported grant_type" };
    case "unsupported_issuer":
      return invalidRequest("The provided issuer is not supported");
    case "state_mismatched":
      return invalidRequest("State mismatched");
    case "not_found":
      return { status: 404, error: "not_found", description: refusal.description };

    case "no_token":
      return invalidToken("no mytoken found in request");
    case "no_token_to_revoke":
      return invalidRequest("no token given");
    case "malformed_token":
      return invalidRequest("token not valid");
    case "invalid_token":
      return invalidToken(refusal.description);
    case "token_unknown":
      return invalidToken("token not known");
    case "token_ended":
      return invalidToken(refusal.how === "revoked" ? "token has been revoked" : "token is expired");
    case "token_not_yet_valid":
      return invalidToken("token is not valid yet");
    case "token_outdated":
      return invalidToken("token is outdated: it has been rotated");
    case "token_reused":
      return invalidToken(
        refusal.revoked
          ? "token is outdated: it has been rotated. Because it was used again, it has been revoked"
          : "token is outdated: it has been rotated",
      );
    case "token_not_issued":
      return invalidToken("token not valid");

    case "insufficient_capabilities":
      return insufficient("The provided token does not have the required capability for this operation");
    case "usage_restricted":
      return {
        status: 403,
        error: "usage_restricted",
        description: "The restrictions of this token does not allow this usage",
      };
    case "token_not_for_issuer":
      return invalidRequest("token not for specified issuer");
    case "mom_id_not_below":
      return insufficient(
        `The provided token is neither a parent of ${target(refusal)} nor does it have the '${OF_ANY_TOKEN[refusal.purpose]}' capability`,
      );
    case "mom_id_not_yours":
      return {
        status: 403,
        error: "invalid_grant",
        description: `The provided token cannot be used to ${wanted(refusal)}`,
      };

    case "code_unknown":
    case "code_spent":
      return invalidToken("Bad polling or transfer code");
    case "code_expired":
      return { status: 401, error: "expired_token", description: "polling or transfer code is expired" };
    case "authorization_pending":
      return { status: 428, error: "authorization_pending", description: "the login has not been completed yet" };
    case "declined":
      return { status: 401, error: "access_denied", description: "user declined consent" };
    case "flow_gone":
      return { status: 404, error: "not_found", description: "the consent code is unknown or expired" };

    case "no_capabilities_left":
      return invalidRequest("mytoken to be issued cannot have any of the requested capabilities");
    case "restrictions_not_tighter":
      return invalidRequest(
        `requested restrictions are not subset of original restrictions: '${refusal.member}' of clause ${refusal.clause}`,
      );
    case "lifetime_exceeded":
      return invalidRequest(
        `requested restrictions do not respect maximum mytoken lifetime of ${refusal.maximumSeconds} seconds`,
      );
    case "already_expired":
      return invalidRequest("token would already be expired");
    case "name_too_long":
      return invalidRequest(`a name has at most ${refusal.limit} characters`);
    case "too_many_codes":
      return invalidRequest(`a token has at most ${refusal.limit} unused transfer codes`);

    case "provider_refused":
      return { ...providerFault(providerText(refusal)), status: passableStatus(refusal.status) };
    case "provider_unknown":
      return providerFault(refusal.detail);
    case "no_refresh_token_from_provider":
      return providerFault("Did not receive a refresh token");
    case "no_subject_from_provider":
      return providerFault("could not get 'subject' from id token");
    case "audience_withheld":
      return providerFault(withheld("audience", refusal.demanded, refusal.came));
    case "scope_withheld":
      return providerFault(withheld("scope", refusal.demanded, refusal.came));
    case "attributes_missing":
      return {
        status: 403,
        error: "access_denied",
        description: "you do not have the required attributes to use this service",
      };
    case "claims_not_understood":
      return providerFault("invalid_claim_source_response: cannot understand claim type");

    case "group_credentials_wrong":
      return {
        status: 401,
        error: "unauthorized",
        description: "the credentials of the profile group are missing or wrong",
        headers: { "WWW-Authenticate": "basic realm=Restricted" },
      };
    case "group_forbidden":
      return { status: 403, error: "Forbidden", description: "these are the credentials of another profile group" };
    case "already_exists":
      return { ...invalidRequest(refusal.description), status: 409 };
    case "mail_required":
      return { status: 422, error: "mail_required", description: refusal.description };

    case "too_many_requests":
      return { status: 429, error: "too_many_requests", description: "slow down", headers: retryAfter(refusal) };
    case "temporarily_unavailable":
      return {
        status: 503,
        error: "temporarily_unavailable",
        description: "the server cannot answer at the moment, try again",
        headers: retryAfter(refusal),
      };
  }
}

function invalidRequest(description: string): Told {
  return { status: 400, error: "invalid_request", description };
}

function invalidToken(description: string): Told {
  return { status: 401, error: "invalid_token", description };
}

function insufficient(description: string): Told {
  return { status: 403, error: "insufficient_capabilities", description };
}

function providerFault(description: string): Told {
  return { status: PROVIDER_FAULT, error: "oidc_error", description };
}

function providerText({ error, description, hint }: Extract<Refusal, { reason: "provider_refused" }>): string {
  const own = description === undefined || description === "" ? error : `${error}: ${description}`;
  return hint === undefined ? own : `${own} (${hint})`;
}

/** A refusal is never told as a success, whatever the provider called it. */
function passableStatus(status: number): number {
  return Number.isInteger(status) && status >= 400 && status <= 599 ? status : PROVIDER_FAULT;
}

/** What lets a token act on any token of its user. */
const OF_ANY_TOKEN = {
  revocation: "manage_mytokens:revoke",
  history: "manage_mytokens:history",
  notifications: "read@manage_mytokens:notify",
  tags: "manage_mytokens:tags",
} as const satisfies Record<TargetPurpose, CapabilityName>;

interface Target {
  readonly purpose: TargetPurpose;
  readonly momId: string;
}

function target({ purpose, momId }: Target): string {
  if (purpose === "revocation") return "the token to be revoked";
  return purpose === "tags" ? "the subject token" : `the token with mom_id '${shortened(momId)}'`;
}

function wanted({ purpose, momId }: Target): string {
  if (purpose === "revocation") return "revoke this mom_id";
  return purpose === "tags" ? "manage this mom_id" : `obtain ${purpose} for mom_id '${shortened(momId)}'`;
}

/** Ours have 22 characters, those of the reference 88. */
function shortened(momId: string): string {
  return momId.slice(0, 128);
}

function withheld(what: string, demanded: readonly string[], came: readonly string[]): string {
  return `the provider did not respect the ${what}: demanded '${demanded.join(" ")}', came '${came.join(" ")}'`;
}

function retryAfter({ retryAfterSeconds }: { readonly retryAfterSeconds: number }): Record<string, string> {
  return { "Retry-After": String(Math.ceil(retryAfterSeconds)) };
}
