import { expect, it } from "vitest";
import { parseConfig } from "../../src/config/parse.ts";
import * as cookies from "../../src/http/cookies.ts";
import { SETTINGS } from "./worker.ts";

const config = parseConfig(SETTINGS);
const local = parseConfig({ ...SETTINGS, ISSUER: "http://localhost:8787", COOKIE_LIFETIME_SECONDS: "60" });

it("keeps the session for the API of this host only", () => {
  expect(cookies.sessionCookie(config, "tok")).toBe(
    "mytoken=tok; Max-Age=604800; Path=/api; SameSite=Strict; HttpOnly; Secure",
  );
  expect(cookies.sessionCookie(local, "tok")).toBe("mytoken=tok; Max-Age=60; Path=/api; SameSite=Strict; HttpOnly");
});

it("ends the session", () => {
  expect(cookies.endedSessionCookie(local)).toBe(
    "mytoken=; Expires=Thu, 01 Jan 1970 00:00:00 GMT; Path=/api; SameSite=Strict; HttpOnly",
  );
});

it("hands over a transfer code for as long as it lives", () => {
  expect(cookies.transferCodeCookie(config, "AbCdEfGh")).toBe(
    "mytoken-transfercode=AbCdEfGh; Max-Age=300; Path=/api; SameSite=Strict; HttpOnly; Secure",
  );
});

it("binds a login to its browser, for the way back from the provider", () => {
  expect(cookies.loginCookie(config, "f1", "s")).toBe(
    "mytoken-login-f1=s; Max-Age=300; Path=/redirect; SameSite=Lax; HttpOnly; Secure",
  );
  expect(cookies.endedLoginCookie(config, "f1")).toBe(
    "mytoken-login-f1=; Max-Age=0; Path=/redirect; SameSite=Lax; HttpOnly; Secure",
  );
});
