/** The frame of every page, and the one place where a page becomes text. */
import type { Child } from "hono/jsx";

interface DocumentProps {
  readonly title: string;
  /** Put before `/static/…`: empty on our own pages, the issuer where the page is shown elsewhere. */
  readonly assetBase?: string;
  /** Script and style that the page has beside the common style, by their name. */
  readonly own?: "consent";
  readonly children?: Child;
}

/** Head, heading and footer. The footer's tag is literal: oidc-agent cuts its page at it (clients §4). */
export function Document({ title, assetBase = "", own, children }: DocumentProps) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="robots" content="noindex" />
        <title>{title}</title>
        <link rel="icon" href={`${assetBase}/static/icon.svg`} type="image/svg+xml" />
        <link rel="stylesheet" href={`${assetBase}/static/style.css`} />
        {own === undefined ? null : (
          <>
            <link rel="stylesheet" href={`${assetBase}/static/${own}.css`} />
            <script src={`${assetBase}/static/${own}.js`} defer></script>
          </>
        )}
      </head>
      <body>
        <header class="header">
          <img src={`${assetBase}/static/icon.svg`} alt="" width="28" height="28" />
          <span>mytoken</span>
        </header>
        <main class="card">{children}</main>
        <div class="footer">
          <p>A mytoken server. You log in at your provider; your password never comes here.</p>
        </div>
      </body>
    </html>
  );
}

/**
 * The page as text. Braces become character references: a page may pass through a mustache template in
 * oidc-agent's window (clients §4), and no page of ours has script or style in it, where that would matter.
 */
export function render(page: { toString(): string | Promise<string> }): string {
  const html = page.toString();
  if (typeof html !== "string") throw new TypeError("pages are synchronous");
  return `<!doctype html>\n${html.replaceAll("{", "&#123;").replaceAll("}", "&#125;")}\n`;
}
