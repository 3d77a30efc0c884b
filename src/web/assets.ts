/** What `/static/<name>` serves: the pages' own files, bundled as text. */
import consentScript from "./assets/consent.client.js";
import consentStyle from "./assets/consent.css";
import icon from "./assets/icon.svg";
import style from "./assets/style.css";

export interface Asset {
  readonly body: string;
  readonly contentType: string;
}

const ASSETS: ReadonlyMap<string, Asset> = new Map([
  ["style.css", { body: style, contentType: "text/css; charset=utf-8" }],
  ["consent.css", { body: consentStyle, contentType: "text/css; charset=utf-8" }],
  ["consent.js", { body: consentScript, contentType: "text/javascript; charset=utf-8" }],
  ["icon.svg", { body: icon, contentType: "image/svg+xml" }],
]);

/** The asset of that name, compared exactly. */
export function asset(name: string): Asset | undefined {
  return ASSETS.get(name);
}
