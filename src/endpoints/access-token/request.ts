/** The access token request (token-core §8), as its fields say it. */
import * as v from "valibot";
import { done, refuse, type Result } from "../../errors.ts";
import { type Fields, parseFields } from "../../http/body.ts";
import type { FormDialect } from "../../http/form-body.ts";
import { words } from "../../token/restriction/values.ts";

export const ACCESS_TOKEN_FORM: FormDialect = {
  aliases: { issuer: "oidc_issuer" },
  booleans: [],
  lists: ["resource"],
};

/** A resource may be repeated, in JSON as an array (RFC 8707 §2). */
const resources = v.union(
  [
    v.pipe(
      v.string(),
      v.transform((one) => [one]),
    ),
    v.array(v.string()),
  ],
  "expected string or array",
);

const schema = v.object({
  grant_type: v.exactOptional(v.nullable(v.string())),
  oidc_issuer: v.exactOptional(v.string()),
  scope: v.exactOptional(v.string()),
  audience: v.exactOptional(v.string()),
  resource: v.exactOptional(resources),
  comment: v.exactOptional(v.string()),
});

export interface AccessTokenRequest {
  readonly grantType: "mytoken" | "refresh_token";
  readonly scopes: readonly string[];
  /** From `audience`, blank-separated, and from `resource`. */
  readonly audiences: readonly string[];
  readonly issuer?: string;
}

const OTHER_GRANT_TYPES = ["oidc_flow", "polling_code", "transfer_code", "ssh", "access_token", "private_key_jwt"];

/** Reads the fields; empty texts are absent. */
export function accessTokenRequest(fields: Fields): Result<AccessTokenRequest> {
  const parsed = parseFields(fields, schema);
  if (!parsed.ok) return parsed;
  const { grant_type: grantType = "", oidc_issuer: issuer, scope, audience, resource = [] } = parsed.value;
  if (grantType !== "mytoken" && grantType !== "refresh_token") {
    if (grantType === null) return refuse({ reason: "bad_request", description: "value '' not valid for GrantType" });
    if (grantType === "" || OTHER_GRANT_TYPES.includes(grantType)) return refuse({ reason: "unsupported_grant_type" });
    return refuse({ reason: "bad_request", description: `value '${grantType.slice(0, 64)}' not valid for GrantType` });
  }
  const audiences = [...words(audience), ...resource.filter((one) => one !== "")];
  return done({
    grantType,
    scopes: words(scope),
    audiences: [...new Set(audiences)],
    ...(issuer ? { issuer } : {}),
  });
}
