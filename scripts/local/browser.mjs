/** A person with a browser, scripted: keeps cookies, reads the pages, sends what they would send. */

const MAXIMUM_HOPS = 20;

/** What a browser keeps between pages. Like a browser, it does not tell the ports of one host apart. */
class CookieJar {
  #cookies = new Map();

  /** Fetches without following redirects. */
  async fetch(address, init = {}) {
    const { pathname } = new URL(address);
    const fitting = [...this.#cookies.values()].filter(({ path }) => pathname.startsWith(path));
    const headers = new Headers(init.headers);
    headers.set("Cookie", fitting.map(({ pair }) => pair).join("; "));
    const response = await fetch(address, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) this.#take(line);
    return response;
  }

  #take(line) {
    const [pair = "", ...attributes] = line.split(/;\s*/);
    const path = attributes.find((attribute) => /^path=/i.test(attribute))?.slice("path=".length) ?? "/";
    const key = `${pair.split("=", 1)[0]} ${path}`;
    const over = pair.endsWith("=") || attributes.some((attribute) => /^max-age=0$|^expires=.*1970/i.test(attribute));
    if (over) this.#cookies.delete(key);
    else this.#cookies.set(key, { pair, path });
  }
}

/**
 * Approves on the consent page, logs in at the provider as `user` and comes back.
 * @param {string} consentUri
 * @param {string} user
 * @param {(what: string) => void} [tell] told what the person sees and does
 * @returns {Promise<string>} the heading of the last page
 */
export async function logIn(consentUri, user, tell = () => {}) {
  const jar = new CookieJar();
  const page = await (await jar.fetch(consentUri)).text();
  tell(`The page asks: "${headingOf(page)}"`);
  const authorizationUri = await approve(jar, consentUri, page);
  tell(`Approved; on to the provider at ${new URL(authorizationUri).origin}`);
  let address = authorizationUri;
  let response = await jar.fetch(address);
  for (let hop = 0; hop < MAXIMUM_HOPS; hop++) {
    const location = response.headers.get("location");
    if (location !== null) {
      address = new URL(location, address).href;
      response = await jar.fetch(address);
      continue;
    }
    const shown = await response.text();
    const form = providerForm(shown, user);
    if (form === null) return arrived(response, shown);
    tell(form.prompt === "login" ? `Logged in there as ${user}` : "Let the server act at the provider");
    address = new URL(form.action, address).href;
    response = await jar.fetch(address, { method: "POST", body: form.body });
  }
  throw new Error(`no end of redirects, last ${address}`);
}

/** Sends what the script of the consent page sends when nothing was changed. */
async function approve(jar, consentUri, page) {
  const inputs = elements(page, "input");
  const valueOf = (name) => inputs.find((input) => input.name === name)?.value ?? "";
  const ticked = inputs.filter((input) => input.type === "checkbox" && "checked" in input);
  const rotation = ["on_AT", "on_other", "auto_revoke"].filter((name) => ticked.some((input) => input.name === name));
  const [, restrictions = "[]"] = /<textarea[^>]*name="restrictions"[^>]*>([^<]*)</.exec(page) ?? [];
  const decision = {
    oidc_issuer: valueOf("oidc_issuer"),
    name: valueOf("name"),
    capabilities: ticked.filter((input) => input.name === "capabilities").map((input) => input.value),
    restrictions: JSON.parse(unescaped(restrictions)),
    rotation: rotation.length === 0 ? null : Object.fromEntries(rotation.map((name) => [name, true])),
  };
  const headers = {
    Accept: "application/json",
    "Content-Type": "application/json",
    Origin: new URL(consentUri).origin,
  };
  const response = await jar.fetch(consentUri, { method: "POST", headers, body: JSON.stringify(decision) });
  const answer = await response.json();
  if (typeof answer.authorization_uri !== "string") throw new Error(`not approved: ${JSON.stringify(answer)}`);
  return answer.authorization_uri;
}

/** The form of the provider's development pages, filled in, or `null` if the page has none. */
function providerForm(page, user) {
  const action = elements(page, "form")[0]?.action;
  const prompt = elements(page, "input").find(({ name }) => name === "prompt")?.value;
  if (action === undefined || prompt === undefined) return null;
  const body = new URLSearchParams({ prompt, ...(prompt === "login" && { login: user, password: "any" }) });
  return { action, prompt, body };
}

function arrived(response, page) {
  if (!response.ok) throw new Error(`the login ended with ${response.status}: ${headingOf(page)}`);
  return headingOf(page);
}

function headingOf(page) {
  return unescaped(/<h1[^>]*>([^<]*)</.exec(page)?.[1] ?? "").trim();
}

/** The attributes of each element of that name. */
function elements(page, name) {
  return [...page.matchAll(new RegExp(`<${name}\\b([^>]*)>`, "g"))].map(([, inside]) =>
    Object.fromEntries(
      [...inside.matchAll(/([\w-]+)(?:="([^"]*)")?/g)].map(([, attribute, value = ""]) => [
        attribute,
        unescaped(value),
      ]),
    ),
  );
}

const ENTITIES = new Map([
  ["lt", "<"],
  ["gt", ">"],
  ["quot", '"'],
  ["amp", "&"],
]);

function unescaped(text) {
  return text.replaceAll(/&(?:#(\d+)|([a-z]+));/g, (entity, code, name) =>
    code === undefined ? (ENTITIES.get(name) ?? entity) : String.fromCodePoint(Number(code)),
  );
}
