/** The routes of src/app.ts: which statuses from 500 up each may answer, and what a sensible request to it looks like. */
import { readFileSync } from "node:fs";
import { inTree } from "../../scripts/local/place.mjs";

/** Every object, D1 and KV may be away; the provider may fail. A bare 500 is never among them. */
const AWAY = [503];
const PROVIDER = [503, 555];

/** `METHOD pattern` → the statuses from 500 up that are no fault. Routes that ask nobody have none. */
export const STATUSES: Readonly<Record<string, readonly number[]>> = {
  "GET /.well-known/mytoken-configuration": [],
  "GET /.well-known/openid-configuration": [],
  "GET /jwks": [],
  "POST /api/v0/token/my": PROVIDER,
  "POST /api/v0/token/access": PROVIDER,
  "POST /api/v0/token/transfer": AWAY,
  "POST /api/v0/token/revoke": AWAY,
  "POST /api/v0/tokeninfo": AWAY,
  "POST /api/v0/token/my/tags": AWAY,
  "DELETE /api/v0/token/my/tags": AWAY,
  "GET /api/v0/capabilities": [],
  "GET /api/v0/settings": [],
  "GET /api/v0/settings/grants": AWAY,
  "POST /api/v0/settings/grants": AWAY,
  "DELETE /api/v0/settings/grants": AWAY,
  "GET /api/v0/settings/email": AWAY,
  "PUT /api/v0/settings/email": AWAY,
  "DELETE /api/v0/settings/email": AWAY,
  "GET /api/v0/settings/tags": AWAY,
  "POST /api/v0/settings/tags/:tag{.+}": AWAY,
  "PUT /api/v0/settings/tags/:tag{.+}": AWAY,
  "DELETE /api/v0/settings/tags/:tag{.+}": AWAY,
  "GET /api/v0/pt": AWAY,
  "GET /api/v0/pt/:kind": AWAY,
  "GET /api/v0/pt/:group/:kind": AWAY,
  "POST /api/v0/pt/:kind": AWAY,
  "POST /api/v0/pt/:group/:kind": AWAY,
  "PUT /api/v0/pt/:kind": AWAY,
  "PUT /api/v0/pt/:group/:kind": AWAY,
  "PUT /api/v0/pt/:group/:kind/:id": AWAY,
  "DELETE /api/v0/pt/:kind": AWAY,
  "DELETE /api/v0/pt/:group/:kind": AWAY,
  "DELETE /api/v0/pt/:group/:kind/:id": AWAY,
  "POST /c": AWAY,
  "GET /c/:consent_code": AWAY,
  "POST /c/:consent_code": PROVIDER,
  "GET /redirect": PROVIDER,
  "GET /native": [],
  "GET /native/abort": [],
  "GET /": [],
  "GET /home": [],
  "GET /static/:name": [],
};

/** What answers before the Worker does, when the bytes are no HTTP: workerd here, Cloudflare's edge once deployed. */
export const RUNTIME_STATUSES: readonly number[] = [400, 408, 413, 414, 431, 501, 505];

/** The routes as src/app.ts has them. */
export function routesOfApp(): readonly string[] {
  const source = readFileSync(inTree("src/app.ts"), "utf8");
  return [...source.matchAll(/method: "([A-Z]+)",\s*path: "([^"]+)"/g)].map(([, method, path]) => `${method} ${path}`);
}
