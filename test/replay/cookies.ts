/** Cookies as the recordings write them, and the memory that a browser has for the login cookie. */

export interface Cookie {
  readonly name: string;
  readonly value: string;
  /** Lower-cased names; those without value have the empty text. */
  readonly attributes: ReadonlyMap<string, string>;
}

/** One Set-Cookie line. */
export function parseCookie(line: string): Cookie {
  const [pair = "", ...rest] = line.split(";").map((part) => part.trim());
  const [name, value] = cut(pair);
  return { name, value, attributes: new Map(rest.map((part) => [cut(part)[0].toLowerCase(), cut(part)[1]])) };
}

function cut(pair: string): [string, string] {
  const at = pair.indexOf("=");
  return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
}

const REDIRECT = "/redirect";

/** Keeps the cookies for `/redirect`: only the browser that approved a login may finish it (RFC 9700 §4.7). */
export class Browser {
  readonly #cookies = new Map<string, string>();

  keep(lines: readonly string[]): void {
    for (const { name, value, attributes } of lines.map(parseCookie)) {
      if (!attributes.get("path")?.startsWith(REDIRECT)) continue;
      if (attributes.get("max-age") === "0") this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
  }

  /** The headers with its cookies, where they belong. */
  headersFor(path: string, headers: Readonly<Record<string, string>>): Record<string, string> {
    if (!path.startsWith(REDIRECT) || this.#cookies.size === 0) return headers;
    const own = [...this.#cookies].map(([name, value]) => `${name}=${value}`);
    return { ...headers, Cookie: [headers["Cookie"], ...own].filter(Boolean).join("; ") };
  }
}
