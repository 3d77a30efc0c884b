/**
 * Why a request is refused: one union, tagged by `reason`, each with its evidence. It knows no status and no wording:
 * `http/error-response.ts` maps every reason by one exhaustive switch. An exception, in contrast, is a bug.
 */
export type Refusal =
  | RequestRefusal
  | TokenRefusal
  | UseRefusal
  | CodeRefusal
  | CreationRefusal
  | ProviderRefusal
  | AccountRefusal
  | LoadRefusal;

/** The tag alone: what the request log records. */
export type Reason = Refusal["reason"];

/** The request itself cannot be understood. */
type RequestRefusal =
  /** `description` goes to the client: it names the member at fault and never holds a secret. */
  | { readonly reason: "bad_request"; readonly description: string }
  | { readonly reason: "body_too_large"; readonly limitBytes: number }
  | { readonly reason: "unsupported_content_encoding"; readonly encoding: string }
  | { readonly reason: "unsupported_grant_type" }
  | { readonly reason: "unsupported_issuer" }
  | { readonly reason: "state_mismatched" }
  /** No such route or thing; `description` is the path as requested, or what is missing. */
  | { readonly reason: "not_found"; readonly description: string };

/** The presented token does not count (token-core §5.1-5.4). */
type TokenRefusal =
  | { readonly reason: "no_token" }
  | { readonly reason: "no_token_to_revoke" }
  /** A token in a typed body field that is none (token-core §5.1): 400, where elsewhere it is 401. */
  | { readonly reason: "malformed_token" }
  /** `description` is the text of token-core §5.3 for what failed in the JWT. */
  | { readonly reason: "invalid_token"; readonly description: string }
  | { readonly reason: "token_unknown" }
  | { readonly reason: "token_ended"; readonly how: "revoked" | "expired" }
  | { readonly reason: "token_not_yet_valid" }
  /** A lower `seq_no` than stored, where reuse has no consequence. */
  | { readonly reason: "token_outdated" }
  /** A lower `seq_no` than stored, outside the grace; `revoked` if `auto_revoke` ended the family. */
  | { readonly reason: "token_reused"; readonly revoked: boolean }
  /** A higher `seq_no`, or the current one with another text (DESIGN §4). */
  | { readonly reason: "token_not_issued" };

/** The token is good, but not for this use. */
type UseRefusal =
  | { readonly reason: "insufficient_capabilities"; readonly capability: string }
  /** `why` is for the operator's log, never for the client. */
  | { readonly reason: "usage_restricted"; readonly why: string }
  | { readonly reason: "token_not_for_issuer" }
  /** Neither an ancestor of the `mom_id` nor the capability for any token (token-core §10.2, extended §2.2). */
  | { readonly reason: "mom_id_not_below"; readonly purpose: TargetPurpose; readonly momId: string }
  /** The `mom_id` is unknown or belongs to someone else; the client cannot tell which. */
  | { readonly reason: "mom_id_not_yours"; readonly purpose: TargetPurpose; readonly momId: string };

/** What a token that is named by its `mom_id` is wanted for. */
export type TargetPurpose = "revocation" | "history" | "notifications" | "tags";

/** Polling, transfer and consent codes. */
type CodeRefusal =
  | { readonly reason: "code_unknown" }
  /** It was ours and is over: used, or its login failed. The client is told as of an unknown one. */
  | { readonly reason: "code_spent" }
  | { readonly reason: "code_expired" }
  | { readonly reason: "authorization_pending" }
  | { readonly reason: "declined" }
  /** The consent code names no login that is still open. */
  | { readonly reason: "flow_gone" };

/** The token that was asked for cannot be made. */
type CreationRefusal =
  | { readonly reason: "no_capabilities_left" }
  /** `clause` counts from 0; `member` is the key that is wider than in every clause of the parent. */
  | { readonly reason: "restrictions_not_tighter"; readonly clause: number; readonly member: string }
  | { readonly reason: "lifetime_exceeded"; readonly maximumSeconds: number }
  | { readonly reason: "already_expired" }
  | { readonly reason: "name_too_long"; readonly limit: number }
  | { readonly reason: "too_many_codes"; readonly limit: number };

/** The provider did not give what was needed. */
type ProviderRefusal =
  /** Its own answer, passed on with its status; `hint` is ours and follows its text. */
  | {
      readonly reason: "provider_refused";
      readonly status: number;
      readonly error: string;
      readonly description?: string;
      readonly hint?: string;
    }
  /** No answer, or none that can be understood. */
  | { readonly reason: "provider_unknown"; readonly detail: string }
  | { readonly reason: "no_refresh_token_from_provider" }
  | { readonly reason: "no_subject_from_provider" }
  | { readonly reason: "audience_withheld"; readonly demanded: readonly string[]; readonly came: readonly string[] }
  | { readonly reason: "scope_withheld"; readonly demanded: readonly string[]; readonly came: readonly string[] }
  /** Enforced restrictions: the user's claims admit no mytoken (token-core §7.9). */
  | {
      readonly reason: "attributes_missing";
      /** The operator's own HTML, for the page. */
      readonly helpHtml?: string;
    }
  | { readonly reason: "claims_not_understood" };

/** What the account or the operator does not allow. */
type AccountRefusal =
  /** No or wrong credentials of a profile group. */
  | { readonly reason: "group_credentials_wrong" }
  /** Good credentials of another profile group. */
  | { readonly reason: "group_forbidden" }
  | { readonly reason: "already_exists"; readonly description: string }
  | { readonly reason: "mail_required"; readonly description: string };

/** The caller may come again, after `retryAfterSeconds`. */
type LoadRefusal =
  | { readonly reason: "too_many_requests"; readonly retryAfterSeconds: number }
  | { readonly reason: "temporarily_unavailable"; readonly retryAfterSeconds: number };

/** What a step that may refuse gives back. */
export type Result<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly refusal: Refusal };

export function done<Value>(value: Value): Result<Value> {
  return { ok: true, value };
}

export function refuse(refusal: Refusal): { readonly ok: false; readonly refusal: Refusal } {
  return { ok: false, refusal };
}

export function badRequest(description: string): { readonly ok: false; readonly refusal: Refusal } {
  return refuse({ reason: "bad_request", description });
}
