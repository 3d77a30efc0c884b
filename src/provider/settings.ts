/** One entry of the PROVIDERS setting. Faults carry the path of the member (`v.getDotPath`). */
import * as v from "valibot";
import { isAllowedAddress } from "./address.ts";
import { enforcedRestrictions } from "./enforced-settings.ts";

/** An entry as configured; `config.ts` adds the secret. */
export type ProviderEntry = v.InferOutput<ReturnType<typeof providerEntry>>;

/** What the server knows about one provider. */
export type ProviderSettings = ProviderEntry & { readonly client_secret: string };

const text = v.pipe(v.string(), v.nonEmpty("must not be empty"));
/** scope-token (RFC 6749 §3.3). */
const scopeValue = v.pipe(v.string(), v.regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, "is no scope value (RFC 6749 §3.3)"));
const seconds = v.pipe(v.number(), v.safeInteger("must be whole seconds"), v.minValue(0, "must not be negative"));

/** How audiences are named towards the provider (semantics §7.3); with RFC 8707 always `resource`, repeated. */
const audienceSettings = v.pipe(
  v.strictObject({
    use_rfc8707: v.optional(v.boolean(), true),
    request_parameter: v.optional(text, "resource"),
    space_separate_auds: v.optional(v.boolean(), false),
  }),
  v.transform((given) =>
    given.use_rfc8707 ? { use_rfc8707: true, request_parameter: "resource", space_separate_auds: false } : given,
  ),
  v.readonly(),
);

/** The schema of an entry; `development` admits `http:` addresses on loopback. Unknown members are faults: a misspelt check would be no check. */
export function providerEntry(development: boolean) {
  return v.pipe(
    v.strictObject({
      issuer: v.pipe(
        v.string(),
        v.check((issuer) => isIssuer(issuer, development), "must be an https: URL without query or fragment"),
      ),
      /** What people see; the issuer where absent. */
      name: v.exactOptional(text),
      client_id: text,
      /** Requested where no clause asks for less, and advertised. */
      scopes: v.pipe(v.array(scopeValue), v.minLength(1, "must hold at least one scope value"), v.readonly()),
      /** Seconds a mytoken of this provider may live; 0 is unlimited. */
      max_lifetime: v.optional(seconds, 0),
      audience: v.optional(audienceSettings, {}),
      client_authentication: v.optional(v.picklist(["basic_raw", "basic", "post"]), "basic_raw"),
      /** `never` lets refreshes of one grant run side by side and repeats one that was cut (DESIGN §4). */
      refresh_token_rotation: v.optional(v.picklist(["unknown", "never"]), "unknown"),
      audience_check: v.optional(v.picklist(["enforce", "report"]), "enforce"),
      /** Audiences that may stand in an access token beside the clause's. */
      audience_extra: v.optional(v.pipe(v.array(text), v.readonly()), []),
      scope_check: v.optional(v.picklist(["report", "enforce"]), "report"),
      /** Scope values that may be granted beside the clause's. */
      scope_extra: v.optional(v.pipe(v.array(scopeValue), v.readonly()), []),
      enforced_restrictions: v.exactOptional(enforcedRestrictions(development)),
    }),
    v.readonly(),
  );
}

/** OpenID Connect Discovery 1.0 §3: no query, no fragment. */
function isIssuer(issuer: string, development: boolean): boolean {
  return isAllowedAddress(issuer, development) && !issuer.includes("?");
}
