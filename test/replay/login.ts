/** The step `login`: a whole native login, off the record. */
import { Browser } from "./cookies.ts";
import type { JsonObject } from "./recording.ts";
import type { Run } from "./run.ts";
import { jsonOf, send } from "./wire.ts";

const JSON_HEADERS = { "Content-Type": "application/json", Accept: "application/json" };

/** Logs `args.user` in and gives the answer that brings the mytoken. */
export async function login(run: Run, args: JsonObject): Promise<unknown> {
  const { user, issuer, ...wanted } = run.bindings.fill(args) as JsonObject & { user: string; issuer: string };
  const base = run.base();
  const post = async (path: string, body: JsonObject) => {
    const answer = await send(base, { method: "POST", path, headers: JSON_HEADERS, body: JSON.stringify(body) });
    return { cookies: answer.headers["set-cookie"] ?? [], body: jsonOf(answer.text) as JsonObject };
  };
  const start = { grant_type: "oidc_flow", oidc_issuer: issuer, client_type: "native", ...wanted };
  const started = (await post("/api/v0/token/my", start)).body;
  if (typeof started?.["consent_uri"] !== "string") return started;

  const { restrictions = [], capabilities = ["AT", "tokeninfo"], name = "", rotation } = wanted;
  const approval = { oidc_issuer: issuer, restrictions, capabilities, name, ...(rotation ? { rotation } : {}) };
  const approved = await post(new URL(started["consent_uri"]).pathname, approval);
  if (typeof approved.body?.["authorization_uri"] !== "string") return approved.body;

  const browser = new Browser();
  browser.keep(approved.cookies);
  const callback = new URL(await visitProvider(run, approved.body["authorization_uri"], user));
  const path = callback.pathname + callback.search;
  await send(base, { method: "GET", path, headers: browser.headersFor(path, { Accept: "text/html" }) });

  return (await post("/api/v0/token/my", { grant_type: "polling_code", polling_code: started["polling_code"]! })).body;
}

/** The browser at the stub provider: where it is sent back to. */
export async function visitProvider(run: Run, address: string, user: string): Promise<string> {
  const path = `${address.replace(run.world.stub, "")}&login_hint=${encodeURIComponent(user)}`;
  const { headers } = await send(run.world.stub, { method: "GET", path });
  return headers.location ?? "";
}
