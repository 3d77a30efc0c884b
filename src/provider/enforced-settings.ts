/** The member `enforced_restrictions` of a provider (semantics §6). Order decides, so lists keep it. */
import * as v from "valibot";
import { isAllowedAddress } from "./address.ts";

/** Names of the provider's own data: ID token, then access token, then userinfo. Any other source is a URL. */
const OWN_SOURCES: readonly string[] = ["op", "issuer", "default", "userinfo"];

/** Whether a claim source is the provider's own data and not a URL. */
export function isOwnSource(source: string): boolean {
  return OWN_SOURCES.includes(source);
}

/** The schema. `claim_sources` and `mapping` may be objects, whose order JSON keeps except for keys that look like numbers, or lists. */
export function enforcedRestrictions(development: boolean) {
  const text = v.pipe(v.string(), v.nonEmpty("must not be empty"));
  const source = v.pipe(
    v.string(),
    v.check(
      (given) => isOwnSource(given) || isAllowedAddress(given, development),
      "must be op, issuer, default, userinfo or an https: URL",
    ),
  );
  return v.pipe(
    v.strictObject({
      claim_sources: v.pipe(
        v.union([
          v.array(v.strictObject({ source, claim: text })),
          v.pipe(
            v.record(source, text),
            v.transform((given) => Object.entries(given).map(([source, claim]) => ({ source, claim }))),
          ),
        ]),
        v.readonly(),
      ),
      /** `template`: names of restriction templates, or JSON; empty enforces nothing. */
      mapping: v.optional(
        v.pipe(
          v.union([
            v.array(v.strictObject({ value: v.string(), template: v.string() })),
            v.pipe(
              v.record(v.string(), v.string()),
              v.transform((given) => Object.entries(given).map(([value, template]) => ({ value, template }))),
            ),
          ]),
          v.readonly(),
        ),
        [],
      ),
      default_template: v.optional(v.string(), ""),
      forbid_on_default: v.optional(v.boolean(), false),
      /** Shown on the 403 page, as the operator wrote it. */
      help_html: v.exactOptional(v.string()),
    }),
    v.readonly(),
  );
}
