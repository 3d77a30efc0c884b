/** What the provider sent a person back with (RFC 6749 §4.1.2). */
import * as oauth from "oauth4webapi";

export type AuthorizationResponse =
  /** `parameters` carry oauth4webapi's mark that they were validated, so they do not survive a call to another object. */
  | { readonly outcome: "code"; readonly parameters: URLSearchParams }
  /** The provider's `error`, for example `access_denied`. */
  | { readonly outcome: "declined"; readonly error: string; readonly error_description?: string }
  /** Not this provider's answer to this request; `detail` is constant text. */
  | { readonly outcome: "invalid"; readonly detail: string };

/**
 * Reads the query of `/redirect`. `state` must be the one of the flow, and `iss` this provider's: required where it says
 * that it sends one, checked wherever it stands (RFC 9207 §2.4), errors included.
 */
export function readAuthorizationResponse(
  server: oauth.AuthorizationServer,
  clientId: string,
  query: URLSearchParams,
  state: string,
): AuthorizationResponse {
  try {
    const parameters = oauth.validateAuthResponse(server, { client_id: clientId }, query, state);
    const [code, ...more] = parameters.getAll("code");
    if (code && more.length === 0) return { outcome: "code", parameters };
    return { outcome: "invalid", detail: "the authorization response has no error and not exactly one code" };
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError) {
      const { error: code, error_description: description } = error;
      return {
        outcome: "declined",
        error: code,
        ...(description !== undefined && { error_description: description }),
      };
    }
    if (error instanceof oauth.OperationProcessingError || error instanceof oauth.UnsupportedOperationError) {
      return { outcome: "invalid", detail: error.message };
    }
    throw error;
  }
}
