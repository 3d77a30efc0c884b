/** The revocation request (token-core §10), which is also RFC 7009's. */
import * as v from "valibot";
import { done, type Result } from "../../errors.ts";
import { type Fields, parseFields } from "../../http/body.ts";
import type { FormDialect } from "../../http/form-body.ts";

export const REVOCATION_FORM: FormDialect = {
  aliases: { momid: "mom_id", oidcissuer: "oidc_issuer" },
  booleans: ["recursive"],
  lists: [],
};

const schema = v.object({
  mom_id: v.exactOptional(v.string(), ""),
  recursive: v.exactOptional(v.boolean(), false),
  oidc_issuer: v.exactOptional(v.string(), ""),
});

export interface RevocationRequest {
  /** The token to revoke in place of the presented one. */
  readonly momId: string | null;
  readonly recursive: boolean;
  readonly issuer: string | null;
}

export function revocationRequest(fields: Fields): Result<RevocationRequest> {
  const parsed = parseFields(fields, schema);
  if (!parsed.ok) return parsed;
  const { mom_id: momId, recursive, oidc_issuer: issuer } = parsed.value;
  return done({ momId: momId || null, recursive, issuer: issuer || null });
}
