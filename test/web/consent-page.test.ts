import { describe, expect, it } from "vitest";
import { consentPage } from "../../src/web/consent-page.tsx";
import { HOSTILE, MARKUP, VIEW } from "./views.ts";

const FAR = { address: "203.0.113.9", country: "BR" };

/** What a reader of the page sees, without tags. */
function text(html: string): string {
  return html.replace(/<[^>]*>/g, "").replace(/\s+/g, " ");
}

/** Names of the ticked boxes. */
function ticked(html: string, name: string): readonly (string | undefined)[] {
  const boxes = html.match(/<input type="checkbox"[^>]*>/g) ?? [];
  return boxes
    .filter((box) => box.includes(`name="${name}"`) && box.includes(" checked"))
    .map((box) => /value="([^"]*)"/.exec(box)?.[1]);
}

describe("consent page", () => {
  it("names the application as a claim, the places, the provider and what to think of it", () => {
    const page = text(consentPage(VIEW));
    expect(page).toContain("It calls itself “Nightly backup”; nobody has checked that.");
    expect(page).toContain("Continue only if you started this yourself.");
    expect(page).toContain("192.0.2.17, Germany (DE)");
    expect(page).toContain("Example Lab");
    expect(page).toContain("https://op.example.org/realms/lab");
    expect(page).toContain("until 2027-01-15 08:00 UTC");
    expect(page).not.toContain("Returns to");
  });
  it("says so if the application gives no name, or only unseen characters", () => {
    for (const applicationName of [undefined, "", " \u202E\u200B "]) {
      expect(text(consentPage({ ...VIEW, applicationName }))).toContain("A program that gives no name");
    }
  });
  it("warns only where the places differ", () => {
    expect(consentPage(VIEW)).not.toContain('class="warning"');
    const near = consentPage({ ...VIEW, startedFrom: { address: "192.0.2.18", country: "DE" } });
    expect(text(near)).toContain("started from another address");
    const far = consentPage({ ...VIEW, startedFrom: FAR });
    expect(text(far)).toContain("another country than yours: Brazil (BR), not Germany (DE)");
  });
  it("warns where nothing is restricted", () => {
    const page = consentPage({ ...VIEW, restrictions: [], restrictionSummary: ["No restrictions."] });
    expect(page).toContain('<ul class="summary warning"><li>No restrictions.</li></ul>');
    expect(page).toContain(">[]</textarea>");
  });
  it("names the host of another site that the browser returns to", () => {
    expect(text(consentPage({ ...VIEW, returnHost: "portal.example.com" }))).toContain(
      "portal.example.com, another site",
    );
  });
  it("offers every known capability and ticks the requested ones", () => {
    const page = consentPage({ ...VIEW, capabilities: ["AT", "tokeninfo:history", "list_mytokens"] });
    expect(ticked(page, "capabilities")).toEqual(["AT", "tokeninfo:history"]);
    for (const { name, description } of VIEW.knownCapabilities) {
      expect(page).toContain(`value="${name}"`);
      expect(page).toContain(description);
    }
    expect(text(page)).toContain("Also asked for, but not on offer here: list_mytokens");
  });
  it("offers capabilities of subtokens only where they were asked for", () => {
    expect(consentPage(VIEW)).not.toContain('data-choice="subtoken_capabilities"');
    const page = consentPage({ ...VIEW, subtokenCapabilities: ["AT"] });
    expect(ticked(page, "subtoken_capabilities")).toEqual(["AT"]);
  });
  it("carries name, issuer, restrictions and rotation for the script", () => {
    const page = consentPage(VIEW);
    expect(page).toMatch(/<input id="token-name" name="name"[^>]*maxlength="100"[^>]*value="backup on node 7"/);
    expect(page).toContain('name="oidc_issuer" value="https://op.example.org/realms/lab"');
    expect(page).toMatch(/name="on_AT" checked/);
    expect(page).not.toMatch(/name="on_other" checked/);
    expect(page).toMatch(/name="lifetime"[^>]*value="86400"/);
    const json = /<textarea[^>]*>([^<]*)<\/textarea>/.exec(page)?.[1] ?? "";
    const plain = json.replaceAll("&#123;", "{").replaceAll("&#125;", "}").replaceAll("&quot;", '"');
    expect(JSON.parse(plain)).toEqual(VIEW.restrictions);
  });
  it("shows restrictions without characters that rearrange them", () => {
    const page = consentPage({ ...VIEW, restrictions: [{ scope: "a\u202Eb\u{E0001}" }] });
    expect(page).toContain(String.raw`a\u202eb\udb40\udc01`);
  });
  it("never approves by itself: no action, no submitting button, buttons disabled until the script enables them", () => {
    const page = consentPage(VIEW);
    expect(page).not.toMatch(/<form[^>]*action|type="submit"|http-equiv|autofocus/);
    expect(page.match(/<button[^>]*>/g)).toEqual([
      expect.stringMatching(/type="button".*disabled/),
      expect.stringMatching(/type="button".*disabled/),
    ]);
  });
  it("caps long texts", () => {
    const long = "W".repeat(100_000);
    const page = consentPage({
      ...VIEW,
      applicationName: long,
      tokenName: long,
      provider: { issuer: VIEW.provider.issuer, name: long },
      capabilities: [long],
      restrictionSummary: Array.from({ length: 1000 }, () => long),
      returnHost: long,
      startedFrom: { address: long, country: long },
    });
    expect(page.length).toBeLessThan(70_000);
    expect(text(page)).toContain("and 940 more lines");
  });
  it("escapes hostile texts", () => {
    const hostile = consentPage({
      ...VIEW,
      applicationName: HOSTILE,
      tokenName: HOSTILE,
      provider: { issuer: MARKUP, name: HOSTILE },
      capabilities: [HOSTILE],
      restrictions: [{ scope: HOSTILE }],
      restrictionSummary: [HOSTILE],
      returnHost: HOSTILE,
      startedFrom: { address: HOSTILE, country: HOSTILE },
    });
    expect(hostile).not.toContain("<script>");
    expect(hostile).not.toContain("<img src=x");
    expect(hostile).not.toContain("\u202E");
    expect(hostile.match(/<\/textarea>/g)).toHaveLength(1);
    expect(hostile.match(/<script/g)).toHaveLength(1);
  });
});
