/** The cookies, as values of `Set-Cookie` (DESIGN §6): for this host only, never readable by a script. */
import type { Config } from "../config.ts";

export const SESSION_COOKIE = "mytoken";
const TRANSFER_CODE_COOKIE = "mytoken-transfercode";

/** Keeps a mytoken in the browser, for our own pages. */
export function sessionCookie(config: Config, token: string): string {
  return apiCookie(config, SESSION_COOKIE, token, config.cookieLifetimeSeconds);
}

/** Ends the session; in the words of the reference, which sets no `Max-Age` here. */
export function endedSessionCookie(config: Config): string {
  return cookie(config, SESSION_COOKIE, "", ["Expires=Thu, 01 Jan 1970 00:00:00 GMT", API_PATH, "SameSite=Strict"]);
}

/** Hands a transfer code to a web application on this host. */
export function transferCodeCookie(config: Config, code: string): string {
  return apiCookie(config, TRANSFER_CODE_COOKIE, code, config.codeLifetimeSeconds);
}

export function loginCookieName(flowId: string): string {
  return `mytoken-login-${flowId}`;
}

/** Binds a login to the browser that approved it (RFC 9700 §4.7). Lax: Strict is not sent on the way back. */
export function loginCookie(config: Config, flowId: string, secret: string): string {
  const attributes = [`Max-Age=${config.codeLifetimeSeconds}`, REDIRECT_PATH, "SameSite=Lax"];
  return cookie(config, loginCookieName(flowId), secret, attributes);
}

export function endedLoginCookie(config: Config, flowId: string): string {
  return cookie(config, loginCookieName(flowId), "", ["Max-Age=0", REDIRECT_PATH, "SameSite=Lax"]);
}

const API_PATH = "Path=/api";
const REDIRECT_PATH = "Path=/redirect";

function apiCookie(config: Config, name: string, value: string, lifetimeSeconds: number): string {
  return cookie(config, name, value, [`Max-Age=${lifetimeSeconds}`, API_PATH, "SameSite=Strict"]);
}

function cookie(config: Config, name: string, value: string, attributes: readonly string[]): string {
  const secure = config.issuer.startsWith("https:") ? ["Secure"] : [];
  return [`${name}=${value}`, ...attributes, "HttpOnly", ...secure].join("; ");
}
