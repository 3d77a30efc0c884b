/** The page for whatever a browser cannot have. */
import { raw } from "hono/html";
import { Document, render } from "./document.tsx";
import { shown } from "./shown.ts";

export interface ErrorView {
  readonly status: number;
  readonly heading: string;
  readonly text: string;
  /** HTML of the operator, from the settings: the only text on a page that is not escaped. */
  readonly helpHtml?: string | undefined;
}

/** Heading, text and status; the texts may come from a provider. */
export function errorPage({ status, heading, text, helpHtml }: ErrorView): string {
  const title = shown(heading, 100) || "Error";
  return render(
    <Document title={title}>
      <h1>{title}</h1>
      <p>{shown(text, 500)}</p>
      {helpHtml === undefined ? null : <div>{raw(helpHtml)}</div>}
      <p class="quiet">Status {status}</p>
    </Document>,
  );
}

/** No such page, or a login that is over: codes are secrets, so the page does not say which. */
export function notFoundPage(): string {
  return errorPage({
    status: 404,
    heading: "Not found",
    text: "There is nothing at this address. If you came here to approve a mytoken, the request is over or has expired: start it again.",
  });
}
