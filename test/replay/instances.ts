/** The instances of test/golden/README.md §4, as settings that an operator can write too (docs/CONFIGURATION.md). */
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { STUB_CLIENT } from "./stub/provider.ts";
import { TRAITS } from "./stub/traits.ts";

/** `ssh` and the health listener are not built: coverage.ts. */
export const INSTANCES = ["main", "proxy", "alt", "off"] as const;
export type Instance = (typeof INSTANCES)[number];

export interface Addresses {
  /** Base URLs of the instances. */
  readonly base: Readonly<Record<Instance, string>>;
  readonly stub: string;
  readonly realProvider: string;
  /** DNS over HTTPS. */
  readonly resolver: string;
}

export interface Secrets {
  readonly signingKeys: { readonly ES512: object; readonly ES256: object };
  readonly pepper: string;
  readonly realClient: { readonly clientId: string; readonly clientSecret: string };
}

type SettingTexts = Record<string, string>;

export function newSecrets(realClient: Secrets["realClient"]): Secrets {
  return {
    signingKeys: { ES512: newKey("ES512", "P-521"), ES256: newKey("ES256", "P-256") },
    pepper: randomBytes(32).toString("base64url"),
    realClient,
  };
}

function newKey(alg: string, namedCurve: string): object {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve });
  return { ...privateKey.export({ format: "jwk" }), alg };
}

/** All variables and secrets of one instance. */
export function settingsOf(instance: Instance, addresses: Addresses, secrets: Secrets): SettingTexts {
  const names = instance === "main" || instance === "proxy" ? Object.keys(TRAITS) : SMALL_INSTANCES[instance];
  const stubs = names.map((name) => stubEntry(name, addresses.stub));
  const real = instance === "main" || instance === "proxy" ? [realEntry(addresses, secrets)] : [];
  const clientSecrets = [
    ...stubs.map(({ issuer }) => [issuer, STUB_CLIENT.secret]),
    ...real.map(({ issuer }) => [issuer, secrets.realClient.clientSecret]),
  ];
  return {
    ISSUER: addresses.base[instance],
    PROVIDERS: JSON.stringify([...real, ...stubs]),
    PROVIDER_SECRETS: JSON.stringify(Object.fromEntries(clientSecrets)),
    SIGNING_KEYS: JSON.stringify([secrets.signingKeys[instance === "alt" ? "ES256" : "ES512"]]),
    PEPPER: secrets.pepper,
    SERVICE_DOCUMENTATION: "https://docs.example.org/",
    DNS_OVER_HTTPS_URL: addresses.resolver,
    TRUSTED_REDIRECT_PATHS: '["/home"]',
    // The reference has neither of these graces.
    ROTATION_GRACE_SECONDS: "0",
    COLLECT_GRACE_SECONDS: "0",
    ...OWN_SETTINGS[instance](addresses),
  };
}

const SMALL_INSTANCES = { alt: ["plain", "jwt"], off: ["plain"] };

const PROFILE_GROUPS = JSON.stringify({ _: "admin-pw", grp: "grp-pw" });

const OWN_SETTINGS: Readonly<Record<Instance, (addresses: Addresses) => SettingTexts>> = {
  main: () => ({ PROFILE_GROUPS }),
  proxy: ({ base }) => ({
    ISSUER: base.main,
    CLIENT_ADDRESS: "header X-Client-IP from 127.0.0.1",
    PROFILE_GROUPS,
  }),
  alt: () => ({
    CODE_LIFETIME_SECONDS: "2",
    POLLING_INTERVAL_SECONDS: "1",
    SHORT_TOKENS: "off",
    UNSUPPORTED_RESTRICTIONS: '["geoip_allow","geoip_disallow","usages_other"]',
  }),
  off: ({ base }) => ({
    ISSUER: `${base.off}/`,
    SHORT_TOKENS: "off",
    TRANSFER_CODES: "off",
    POLLING_CODES: "off",
    TOKEN_REVOCATION: "off",
    TOKEN_ROTATION: "off",
    TOKENINFO_ACTIONS: '["introspect"]',
    SERVICE_DOCUMENTATION: "",
    PROFILES: "off",
  }),
};

function stubEntry(name: string, origin: string) {
  return {
    issuer: `${origin}/${name}`,
    name: `Stub ${name}`,
    client_id: STUB_CLIENT.id,
    scopes: ["openid", "profile", "email", "storage.read", "storage.write"],
    ...PROVIDER_MEMBERS[name],
  };
}

/** What single issuers are configured with. */
const PROVIDER_MEMBERS: Readonly<Record<string, object>> = {
  max: { max_lifetime: 3600 },
  aud1: { audience: { use_rfc8707: false, request_parameter: "audience", space_separate_auds: true } },
  aud2: { audience: { use_rfc8707: false, request_parameter: "audience", space_separate_auds: false } },
  enf: {
    enforced_restrictions: {
      claim_sources: { op: "groups" },
      mapping: { admins: "", users: '{"exp":"+1d","usages_AT":3}' },
      default_template: '{"exp":"+1h"}',
    },
  },
  forbid: {
    enforced_restrictions: {
      claim_sources: { op: "groups" },
      mapping: { admins: "" },
      forbid_on_default: true,
      help_html: "ask the helpdesk",
    },
  },
};

function realEntry({ realProvider }: Addresses, { realClient }: Secrets) {
  return {
    issuer: realProvider,
    name: "Real OP",
    client_id: realClient.clientId,
    scopes: ["openid", "profile", "email", "offline_access", "storage.read", "storage.write"],
  };
}
