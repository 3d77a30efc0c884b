/** Logins that are finished, and what they leave: good tokens and codes for the requests to present. */
import { CODE_KINDS, type Secrets, TOKEN_KINDS } from "./secrets.ts";
import type { Server } from "./server.ts";

const CAPABILITIES = ["AT", "create_mytoken", "tokeninfo", "settings", "manage_mytokens"];

/** Fresh secrets of every kind. Logs in three times. */
export async function newSecrets(server: Server): Promise<Secrets> {
  const found = Object.fromEntries(
    [...TOKEN_KINDS, ...CODE_KINDS, "loginCookie", "momId"].map((kind) => [kind, [] as string[]]),
  );
  const keep = (kind: keyof Secrets, text: unknown) => found[kind]?.push(String(text));
  for (const trait of ["plain", "jwt"]) {
    const { mytoken, mom_id: momId } = await login(server, trait, {});
    keep("jwt", mytoken);
    keep("momId", momId);
    const child = { grant_type: "mytoken", mytoken };
    keep("short", (await my(server, { ...child, response_type: "short_token" }))["mytoken"]);
    keep("limited", (await my(server, { ...child, restrictions: [{ usages_AT: 2, usages_other: 3 }] }))["mytoken"]);
    const { mytoken: revoked } = await my(server, child);
    await call(server, "/api/v0/token/revoke", { token: revoked });
    keep("revoked", revoked);
    keep("transfer", (await call(server, "/api/v0/token/transfer", { mytoken })).body["transfer_code"]);
    const flow = await start(server, trait, {});
    keep("polling", flow.pollingCode);
    keep("consent", flow.consentPath.slice("/c/".length));
    const { address, cookie } = await approve(server, await start(server, trait, {}), trait);
    keep("loginCookie", cookie);
    keep("state", new URL(address).searchParams.get("state"));
  }
  const rotating = { rotation: { on_AT: true, on_other: true, lifetime: 3600 } };
  const { mytoken } = await login(server, "rotating", rotating);
  const { body } = await call(server, "/api/v0/token/access", { grant_type: "mytoken", mytoken });
  keep("outdated", mytoken);
  keep("rotating", (body["token_update"] as Record<string, unknown>)["mytoken"]);
  return found as Record<keyof Secrets, string[]>;
}

export interface Flow {
  readonly consentPath: string;
  readonly pollingCode: string;
}

export type Json = Record<string, unknown>;

export async function start(server: Server, trait: string, request: Json): Promise<Flow> {
  const body = await my(server, {
    grant_type: "oidc_flow",
    oidc_issuer: server.providers[trait],
    client_type: "native",
    capabilities: CAPABILITIES,
    ...request,
  });
  const { pathname } = new URL(String(body["consent_uri"]));
  return { consentPath: pathname, pollingCode: String(body["polling_code"]) };
}

export async function approve(server: Server, flow: Flow, trait: string, request: Json = {}) {
  const decision = { oidc_issuer: server.providers[trait], capabilities: CAPABILITIES, restrictions: [], ...request };
  const { headers, body } = await call(server, flow.consentPath, decision);
  const cookie = (headers.get("Set-Cookie") ?? "").split(";")[0] ?? "";
  return { address: String(body["authorization_uri"]), cookie };
}

export async function login(server: Server, trait: string, request: Json): Promise<Json> {
  const flow = await start(server, trait, request);
  await finish(server, flow, trait, request);
  return my(server, { grant_type: "polling_code", polling_code: flow.pollingCode });
}

/** Approves and logs in: what is left is to collect. */
export async function finish(server: Server, flow: Flow, trait: string, request: Json = {}): Promise<void> {
  const { address, cookie } = await approve(server, flow, trait, request);
  const provider = new URL(address);
  provider.searchParams.set("login_hint", `user ${trait}`);
  const back = await fetch(provider, { redirect: "manual" });
  const location = back.headers.get("Location") ?? "";
  const returned = await fetch(location, { redirect: "manual", headers: { Cookie: cookie, ...from() } });
  if (returned.status !== 303) throw new Error(`no login: ${returned.status} ${await returned.text()}`);
}

export async function my(server: Server, body: Json): Promise<Json> {
  return (await call(server, "/api/v0/token/my", body)).body;
}

/** A JSON post that succeeds. */
export async function call(
  server: Server,
  path: string,
  body: Json,
  caller: Record<string, string> = from(),
): Promise<{ headers: Headers; body: Json }> {
  const headers = { "Content-Type": "application/json", ...caller };
  const response = await fetch(server.issuer + path, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (response.status >= 300) throw new Error(`${path}: ${response.status} ${text}`);
  return { headers: response.headers, body: text === "" ? {} : (JSON.parse(text) as Json) };
}

/** Another address each time: limits for strangers are not the subject. */
function from(): Record<string, string> {
  const [a = 0, b = 0] = crypto.getRandomValues(new Uint16Array(2));
  return { "CF-Connecting-IP": `2001:db8:${a.toString(16)}:${b.toString(16)}::1` };
}
