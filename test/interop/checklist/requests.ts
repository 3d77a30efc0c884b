/** Plain requests, as short as the tests need them. */
import { issuer } from "../server.ts";
import { type Answer, type Body, send } from "../wire.ts";

export function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return send(issuer() + path, { method: "GET", headers });
}

export function post(path: string, body: Body, method = "POST"): Promise<Answer> {
  const headers = { "Content-Type": "application/json" };
  return send(issuer() + path, { method, headers, body: JSON.stringify(body) });
}

export function postForm(path: string, fields: Record<string, string> | [string, string][]): Promise<Answer> {
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  return send(issuer() + path, { method: "POST", headers, body: new URLSearchParams(fields).toString() });
}

export const ACCESS = "/api/v0/token/access";
export const MY = "/api/v0/token/my";
export const REVOKE = "/api/v0/token/revoke";
export const TOKENINFO = "/api/v0/tokeninfo";
