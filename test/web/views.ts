/** View models for the page tests. */
import { CAPABILITIES } from "../../src/token/capability.ts";
import { summary } from "../../src/token/restriction/summary.ts";
import type { LoginConsentView } from "../../src/web/consent-view.ts";

const RESTRICTIONS = [
  { exp: 1_800_000_000, scope: "openid storage.read", audience: ["https://storage.example.org"], usages_AT: 500 },
  { hosts: ["192.0.2.0/24", "*.cluster.example.org"], geoip_allow: ["DE", "FR"] },
];

/** A login as it usually is. */
export const VIEW: LoginConsentView = {
  applicationName: "Nightly backup",
  provider: { issuer: "https://op.example.org/realms/lab", name: "Example Lab" },
  tokenName: "backup on node 7",
  knownCapabilities: CAPABILITIES,
  capabilities: ["AT", "tokeninfo"],
  restrictions: RESTRICTIONS,
  restrictionSummary: summary(RESTRICTIONS, true),
  rotation: { on_AT: true, lifetime: 86_400 },
  startedFrom: { address: "192.0.2.17", country: "DE" },
  browser: { address: "192.0.2.17", country: "DE" },
};

/** Markup that would be at home in any text from outside; in an issuer too, which the page must send back unchanged. */
export const MARKUP = `</textarea></title><script>alert(1)</script>" ' onload=alert(1) {{x}} {{{y}}} <img src=x onerror=alert(1)>`;

/** Markup, and a character that turns the rest of the line around. */
export const HOSTILE = `\u202Etxt.exe ${MARKUP}`;
