/** Which restrictions a provider's operator enforces on a user, by the claims of that user (semantics §6). */

/** The setting, in the order of the configuration: order decides (Q46, QUIRK-40). */
export interface EnforcementSettings {
  readonly claim_sources: readonly ClaimSource[];
  readonly mapping: readonly { readonly value: string; readonly template: string }[];
  /** For users whose claims map to nothing; empty enforces nothing. */
  readonly default_template: string;
  readonly forbid_on_default: boolean;
}

/** Where a claim is looked for: the provider's own data, or a URL. */
export interface ClaimSource {
  readonly source: string;
  readonly claim: string;
}

export type Enforcement =
  /** `template`: names of restriction templates, or JSON; see `enforcedContent`. */
  | { readonly kind: "template"; readonly template: string }
  /** The user may do everything. */
  | { readonly kind: "none" }
  /** The user may not have a mytoken. */
  | { readonly kind: "forbidden" }
  /** The deciding claim is neither a text nor a list of texts. */
  | { readonly kind: "not_understood" };

/**
 * What is enforced. `claimOf` gives the value of a claim at a source, `undefined` if the source lacks it or did not
 * answer; the first source that has the claim decides, whatever its value.
 */
export function decideEnforcement(
  settings: EnforcementSettings,
  claimOf: (source: ClaimSource) => unknown,
): Enforcement {
  if (settings.claim_sources.length === 0) return { kind: "none" };
  const value = settings.claim_sources.map(claimOf).find((claim) => claim !== undefined);
  const values: readonly unknown[] = Array.isArray(value) ? value : value === undefined ? [] : [value];
  if (values.some((member) => typeof member !== "string")) return { kind: "not_understood" };

  const rule = settings.mapping.find((entry) => values.includes(entry.value));
  if (rule !== undefined) return enforced(rule.template);
  return settings.forbid_on_default ? { kind: "forbidden" } : enforced(settings.default_template);
}

function enforced(template: string): Enforcement {
  return template === "" ? { kind: "none" } : { kind: "template", template };
}

/** A configured template as the content to resolve as restrictions: parsed where it is JSON, else the text with its names. */
export function enforcedContent(template: string): unknown {
  if (!/^\s*[[{"]/.test(template)) return template;
  try {
    return JSON.parse(template) as unknown;
  } catch {
    return template;
  }
}
