/** The routes: what the server is, on one screen. */
import { discovery } from "./endpoints/discovery/route.ts";
import { jwks } from "./endpoints/jwks/route.ts";
import { stray } from "./endpoints/stray/route.ts";
import { shell } from "./http/shell.ts";

export const app = shell(
  [
    { method: "GET", path: "/.well-known/mytoken-configuration", handler: discovery },
    { method: "GET", path: "/.well-known/openid-configuration", handler: discovery },
    { method: "GET", path: "/jwks", handler: jwks },
  ],
  stray,
);
