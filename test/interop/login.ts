/** Mytokens to begin with: a whole login, over HTTP, by a scripted browser. */
import { logIn } from "../../scripts/local/browser.mjs";
import { issuer, providerIssuer } from "./server.ts";
import { type Body, send } from "./wire.ts";

let users = 0;

/** Somebody who was never here. */
export function newUser(): string {
  users += 1;
  return `user${users}`;
}

/** Logs `user` in and collects the mytoken. */
export async function rootToken(request: Body, user = newUser()): Promise<string> {
  const login = await json("/api/v0/token/my", {
    grant_type: "oidc_flow",
    oidc_issuer: providerIssuer(),
    client_type: "native",
    ...request,
  });
  await logIn(String(login["consent_uri"]), user);
  return mytokenIn(await json("/api/v0/token/my", { grant_type: "polling_code", polling_code: login["polling_code"] }));
}

/** A mytoken made from another one. */
export async function subtoken(mytoken: string, request: Body): Promise<string> {
  return mytokenIn(await json("/api/v0/token/my", { grant_type: "mytoken", mytoken, ...request }));
}

export async function momIdOf(mytoken: string): Promise<string> {
  const { mom_id: momId } = await json("/api/v0/tokeninfo", { action: "introspect", mytoken });
  return String(momId);
}

async function json(path: string, request: Body): Promise<Body> {
  const headers = { "Content-Type": "application/json" };
  const { status, body, text } = await send(issuer() + path, {
    method: "POST",
    headers,
    body: JSON.stringify(request),
  });
  if (status !== 200) throw new Error(`${path} answered ${status}: ${text}`);
  return body;
}

function mytokenIn({ mytoken }: Body): string {
  if (typeof mytoken !== "string") throw new Error("no mytoken in the answer");
  return mytoken;
}
