import { describe, expect, it } from "vitest";
import { agentConsentPage, consentPage } from "../../src/web/consent-page.tsx";
import { errorPage, notFoundPage } from "../../src/web/error-page.tsx";
import { homePage } from "../../src/web/home-page.tsx";
import { nativeAbortPage, nativeSuccessPage } from "../../src/web/native-pages.tsx";
import { HOSTILE, MARKUP, VIEW } from "./views.ts";

const HOSTILE_VIEW = {
  ...VIEW,
  applicationName: HOSTILE,
  tokenName: HOSTILE,
  provider: { issuer: MARKUP, name: HOSTILE },
};

const PAGES: Readonly<Record<string, string>> = {
  consent: consentPage(HOSTILE_VIEW),
  "consent for oidc-agent": agentConsentPage(HOSTILE_VIEW, "https://mytoken.example.org") ?? "",
  success: nativeSuccessPage(HOSTILE),
  abort: nativeAbortPage(HOSTILE),
  home: homePage({ issuer: MARKUP, providers: [{ issuer: MARKUP, name: HOSTILE }] }),
  error: errorPage({ status: 555, heading: HOSTILE, text: HOSTILE }),
  "not found": notFoundPage(),
};

describe.each(Object.entries(PAGES))("page: %s", (_, html) => {
  const tags = (html.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/"[^"]*"/g, '""'));

  it("is a whole document", () => {
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">.*<\/html>\n$/s);
    expect(html).toContain('<div class="footer"');
  });
  it("has nothing inline that the content security policy would have to allow", () => {
    for (const tag of tags)
      expect(tag).not.toMatch(/\s(on\w+|style)\s*=|^<(style|base|meta http-equiv|iframe|object)/i);
    expect(html).not.toMatch(/<script[^>]*>[^<]/);
    expect(html).not.toMatch(/javascript:/i);
  });
  it("loads nothing from elsewhere", () => {
    const loaded = [...html.matchAll(/<(?:script|link|img)[^>]* (?:src|href)="([^"]*)"/g)].map((match) => match[1]);
    for (const address of loaded) expect(address).toMatch(/^(https:\/\/mytoken\.example\.org)?\/static\/[a-z.]+$/);
  });
  it("keeps hostile texts apart from its own markup", () => {
    expect(html).not.toContain("<script>");
    expect(html).not.toContain("<img src=x");
    expect(html).not.toContain("\u202E");
    expect(html).not.toMatch(/[{}]/);
  });
});

describe("pages", () => {
  it("name the application, if it has a name", () => {
    expect(nativeSuccessPage("my app")).toContain('go back to <bdi class="claim">my app</bdi>.');
    expect(nativeAbortPage(undefined)).toContain("go back to your program.");
    expect(nativeSuccessPage("x".repeat(10_000)).length).toBeLessThan(2000);
  });
  it("show heading, text and status of an error", () => {
    const page = errorPage({ status: 555, heading: "OIDC error", text: "oidc_error: access_denied" });
    expect(page).toContain("<h1>OIDC error</h1>");
    expect(page).toContain("oidc_error: access_denied");
    expect(page).toContain("Status 555");
    expect(errorPage({ status: 500, heading: "", text: "x".repeat(100_000) }).length).toBeLessThan(2500);
  });
  it("lead from home to the metadata document", () => {
    const page = homePage({ issuer: "https://mytoken.example.org", providers: [VIEW.provider] });
    expect(page).toContain('href="/.well-known/mytoken-configuration"');
    expect(page).toContain("Example Lab");
    expect(page).toContain("https://mytoken.example.org");
  });
});
