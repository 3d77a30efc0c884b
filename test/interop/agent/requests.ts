/** The requests of oidc-agent 5.3.3, as clients §4 describes them. */
import { issuer } from "../server.ts";
import { type Answer, type Body, send } from "../wire.ts";

const AGENT = { "User-Agent": "oidc-agent 5.3.3" };
const POSTING = { ...AGENT, Accept: "application/json" };

/** Done twice in oidc-gen, once per oidc-add, and again before every poll. */
export async function discovery(): Promise<Body> {
  const address = `${issuer()}/.well-known/openid-configuration`;
  const { status, body } = await send(address, { method: "GET", headers: { ...AGENT, Accept: "*/*" } });
  if (status !== 200) throw new Error(`discovery: ${status}`);
  return body;
}

export function postJson(address: unknown, body: Body): Promise<Answer> {
  const headers = { ...POSTING, "Content-Type": "application/json" };
  return send(String(address), { method: "POST", headers, body: JSON.stringify(body) });
}

export function postForm(
  address: unknown,
  fields: readonly (readonly [string, string])[],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const type = { "Content-Type": "application/x-www-form-urlencoded" };
  // libcurl escapes a blank as %20.
  const body = fields.map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join("&");
  return send(String(address), { method: "POST", headers: { ...POSTING, ...type, ...headers }, body });
}

/** How it asks for access tokens: it knows nothing of mytokens there. */
export async function refresh(
  mytoken: string,
  more: readonly (readonly [string, string])[] = [],
  headers: Record<string, string> = {},
): Promise<Answer> {
  const { token_endpoint: endpoint } = await discovery();
  return postForm(endpoint, [["grant_type", "refresh_token"], ["refresh_token", mytoken], ...more], headers);
}

/** Starts a login as oidc-gen does. */
export async function startLogin(profile: Body, providerIssuer: string): Promise<Answer> {
  await discovery();
  const { mytoken_endpoint: endpoint } = await discovery();
  return postJson(endpoint, {
    ...profile,
    oidc_issuer: providerIssuer,
    grant_type: "oidc_flow",
    oidc_flow: "authorization_code",
    client_type: "native",
    application_name: "oidc-agent",
    name: "mytoken for oidc-agent:host",
    response_type: "token",
  });
}

/** It puts the code into a JSON text by itself, unescaped. */
export async function poll(code: unknown): Promise<Answer> {
  const { mytoken_endpoint: endpoint } = await discovery();
  const body = `{"grant_type":"polling_code","polling_code":"${String(code)}"}`;
  return send(String(endpoint), { method: "POST", headers: { ...POSTING, "Content-Type": "application/json" }, body });
}
