import { describe, expect, it } from "vitest";
import { agentConsentPage } from "../../src/web/consent-page.tsx";
import type { ConsentView } from "../../src/web/consent-view.ts";
import { HOSTILE, VIEW } from "./views.ts";

const ISSUER = "https://mytoken.example.org/";

/** Every list full: all capabilities twice, 20 clauses of every kind, every text hostile and at its cap. */
const MAXIMAL: ConsentView = {
  applicationName: "{".repeat(500),
  provider: { issuer: `https://${"&".repeat(300)}`, name: '"'.repeat(300) },
  tokenName: '"'.repeat(300),
  knownCapabilities: VIEW.knownCapabilities,
  capabilities: VIEW.knownCapabilities.map(({ name }) => name),
  subtokenCapabilities: VIEW.knownCapabilities.map(({ name }) => name),
  restrictions: Array.from({ length: 20 }, () => ({
    nbf: 1_700_000_000,
    exp: 1_900_000_000,
    scope: "openid profile email offline_access storage.read:/ storage.modify:/data",
    audience: ["https://storage.example.org", "https://compute.example.org"],
    hosts: ["192.0.2.0/24", "2001:db8::/32", "*.cluster.example.org"],
    geoip_allow: ["DE", "FR"],
    usages_AT: 100,
    usages_other: 100,
  })),
  restrictionSummary: Array.from({ length: 20 }, () => "x".repeat(499)),
  rotation: { on_AT: true, on_other: true, auto_revoke: true, lifetime: 86_400 },
};

describe("consent page for oidc-agent's window", () => {
  it("has absolute addresses only, and the footer that the window looks for", () => {
    const page = agentConsentPage(VIEW, ISSUER) ?? "";
    expect(page).toContain('src="https://mytoken.example.org/static/consent.js"');
    expect(page).toContain('href="https://mytoken.example.org/static/style.css"');
    expect(page).not.toMatch(/(src|href)="\//);
    expect(page.match(/<div class="footer"/g)).toHaveLength(1);
    expect(page).toContain('data-mode="agent"');
    expect(page).toContain("Continue only if you started this yourself.");
  });
  it("names no element so that it would stand for the window's functions", () => {
    expect(agentConsentPage(VIEW, ISSUER)).not.toMatch(/(id|name)="(approve|cancel)"/);
  });
  it("has no brace at all, whatever comes from outside", () => {
    const page = agentConsentPage(
      { ...VIEW, applicationName: HOSTILE, tokenName: HOSTILE, restrictions: [{ scope: HOSTILE }] },
      ISSUER,
    );
    expect(page).not.toMatch(/[{}]/);
    expect(page).toContain("&#123;&#123;x&#125;&#125;");
  });
  it("stays below 95 KB with all that can be in it", () => {
    const page = agentConsentPage(MAXIMAL, ISSUER);
    expect(page).not.toBeNull();
    expect(new TextEncoder().encode(page ?? "").length).toBeLessThan(95_000);
  });
  it("is none where it would not fit, rather than cut", () => {
    const restrictions = Array.from({ length: 1000 }, () => ({ scope: "a".repeat(100) }));
    expect(agentConsentPage({ ...VIEW, restrictions }, ISSUER)).toBeNull();
  });
});
