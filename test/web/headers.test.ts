import { describe, expect, it } from "vitest";
import { asset } from "../../src/web/assets.ts";
import { assetHeaders, pageHeaders } from "../../src/web/headers.ts";

describe("page headers", () => {
  const headers = new Headers(pageHeaders("https://mytoken.example.org"));

  it("have a content security policy that allows our own files and nothing else", () => {
    const policy = headers.get("Content-Security-Policy") ?? "";
    expect(policy.split("; ")).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
      ]),
    );
    expect(policy).not.toMatch(/unsafe|\*|http|data:|blob:/);
  });
  it("forbid storing, sniffing, framing and referring", () => {
    expect(headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(headers.get("Cache-Control")).toBe("no-store");
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(headers.get("X-Frame-Options")).toBe("DENY");
    expect(headers.get("Referrer-Policy")).toBe("no-referrer");
    expect(headers.get("Cross-Origin-Opener-Policy")).toBe("same-origin");
    expect(headers.get("Cross-Origin-Embedder-Policy")).toBe("require-corp");
    expect(headers.get("Cross-Origin-Resource-Policy")).toBe("same-origin");
  });
  it("ask for https only where the issuer has it", () => {
    expect(headers.get("Strict-Transport-Security")).toBe("max-age=31536000");
    expect(new Headers(pageHeaders("http://localhost:8787")).has("Strict-Transport-Security")).toBe(false);
  });
});

describe("assets", () => {
  it("are text with their types", () => {
    expect(asset("style.css")?.body).toContain("color-scheme: light dark");
    expect(asset("consent.js")?.contentType).toBe("text/javascript; charset=utf-8");
    expect(asset("icon.svg")?.body).toMatch(/^<svg /);
  });
  it("are only what is in the list", () => {
    for (const name of ["", "STYLE.CSS", "../style.css", "__proto__", "constructor"])
      expect(asset(name)).toBeUndefined();
  });
  it("load nothing from elsewhere", () => {
    for (const name of ["style.css", "consent.css"]) expect(asset(name)?.body).not.toMatch(/url\(|@import|@font-face/);
    expect(asset("consent.js")?.body).not.toMatch(/https?:\/\/|innerHTML|eval|document\.write/);
  });
  it("may be loaded by any origin, for an hour", () => {
    const headers = new Headers(assetHeaders("text/css; charset=utf-8"));
    expect(headers.get("Access-Control-Allow-Origin")).toBe("*");
    expect(headers.get("Cross-Origin-Resource-Policy")).toBe("cross-origin");
    expect(headers.get("Cache-Control")).toBe("public, max-age=3600");
    expect(headers.get("Content-Type")).toBe("text/css; charset=utf-8");
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
  });
});
