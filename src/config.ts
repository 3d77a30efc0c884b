/**
 * The settings: variables and secrets of the Worker, all text, parsed once into `Config`. What is missing or malformed
 * is named. Operators read docs/CONFIGURATION.md; a test holds it and the table below together.
 */
import type * as v from "valibot";
import * as kind from "./config/schemas.ts";
import type { ProviderSettings } from "./provider/settings.ts";
import { CLAUSE_KEYS } from "./token/clause.ts";

/** What `/.well-known/mytoken-configuration` shows as `version`: the one of package.json. */
export const VERSION = "0.1.0";

export const TOKENINFO_ACTIONS = ["introspect", "event_history", "subtokens", "list_mytokens"] as const;
export type TokeninfoAction = (typeof TOKENINFO_ACTIONS)[number];

const YEAR_SECONDS = 31_536_000;

/** One row of the table. */
export type Setting = ReturnType<typeof setting>;

/** A setting: its name, its default (`null`: required), how its text is read. */
function setting<Output>(name: string, fallback: string | null, schema: v.GenericSchema<string, Output>) {
  return { name, fallback, schema };
}

/** Every setting there is, by its name in `Config`. Durations are seconds unless the name says otherwise. */
export const SETTINGS = {
  issuer: setting("ISSUER", null, kind.issuerUrl),
  providerEntries: setting("PROVIDERS", null, kind.json),
  providerSecrets: setting("PROVIDER_SECRETS", null, kind.secretsByName),
  signingKeys: setting("SIGNING_KEYS", null, kind.signingKeys),
  pepper: setting("PEPPER", null, kind.secretBytes(32)),
  clientAddress: setting("CLIENT_ADDRESS", "cloudflare", kind.addressSource),
  codeLifetimeSeconds: setting("CODE_LIFETIME_SECONDS", "300", kind.integer(1, 3600)),
  pollingIntervalSeconds: setting("POLLING_INTERVAL_SECONDS", "5", kind.integer(1, 15)),
  collectGraceSeconds: setting("COLLECT_GRACE_SECONDS", "60", kind.integer(0, 3600)),
  cookieLifetimeSeconds: setting("COOKIE_LIFETIME_SECONDS", "604800", kind.integer(1, YEAR_SECONDS)),
  rotationGraceSeconds: setting("ROTATION_GRACE_SECONDS", "60", kind.integer(0, 3600)),
  joinTimeoutSeconds: setting("JOIN_TIMEOUT_SECONDS", "600", kind.integer(1, 86_400)),
  retentionSeconds: setting("RETENTION_SECONDS", "2592000", kind.integer(1, 10 * YEAR_SECONDS)),
  turnWaitSeconds: setting("TURN_WAIT_SECONDS", "3", kind.integer(1, 30)),
  providerWaitSeconds: setting("PROVIDER_WAIT_SECONDS", "5", kind.integer(1, 30)),
  providerLimitSeconds: setting("PROVIDER_LIMIT_SECONDS", "30", kind.integer(1, 120)),
  directoryWaitMilliseconds: setting("DIRECTORY_WAIT_MILLISECONDS", "1000", kind.integer(0, 10_000)),
  historyLimit: setting("HISTORY_LIMIT", "10000", kind.integer(1, 1_000_000)),
  trustedRedirectPaths: setting("TRUSTED_REDIRECT_PATHS", "[]", kind.ownPaths),
  unsupportedRestrictions: setting("UNSUPPORTED_RESTRICTIONS", "[]", kind.someOf(CLAUSE_KEYS)),
  serviceDocumentation: setting("SERVICE_DOCUMENTATION", "https://mytoken-docs.data.kit.edu/", kind.optionalUrl),
  dnsOverHttpsUrl: setting("DNS_OVER_HTTPS_URL", "https://cloudflare-dns.com/dns-query", kind.httpsUrl),
  shortTokens: setting("SHORT_TOKENS", "on", kind.onOff),
  transferCodes: setting("TRANSFER_CODES", "on", kind.onOff),
  pollingCodes: setting("POLLING_CODES", "on", kind.onOff),
  tokenRevocation: setting("TOKEN_REVOCATION", "on", kind.onOff),
  tokenRotation: setting("TOKEN_ROTATION", "on", kind.onOff),
  tokeninfoActions: setting("TOKENINFO_ACTIONS", JSON.stringify(TOKENINFO_ACTIONS), kind.someOf(TOKENINFO_ACTIONS)),
  profiles: setting("PROFILES", "on", kind.onOff),
  profileGroups: setting("PROFILE_GROUPS", "{}", kind.secretsByName),
  clockOffsetSeconds: setting("CLOCK_OFFSET_SECONDS", "0", kind.integer(0, 86_400)),
};

export type Settings = { readonly [Key in keyof typeof SETTINGS]: v.InferOutput<(typeof SETTINGS)[Key]["schema"]> };

export interface Config extends Omit<Settings, "providerEntries" | "providerSecrets"> {
  /** In the configured order, each with its client secret. */
  readonly providers: readonly ProviderSettings[];
  /** Whether other machines can reach it: unless the issuer's host is loopback. Conveniences of development end here. */
  readonly deployed: boolean;
  /** What works, but not as its operator may think. For the log, once. */
  readonly warnings: readonly string[];
}

/** A setting is missing or malformed; the message begins with its name and holds no value of a secret. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

/** An absolute address of this server: `path` begins with `/`, and exactly one stands between it and the issuer. */
export function publicUrl(config: Config, path: string): string {
  return config.issuer.replace(/\/$/, "") + path;
}
