/**
 * A provider that answers at once and keeps as little as it can, so that what is measured is the server. Issuers by the
 * first segment of the path: `plain`; `rotating`, a new refresh token in each answer; `serial`, one refresh at a time,
 * each taking 100 ms. `GET /counts` says how many refreshes each has had.
 */
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { FAKE_CLIENT } from "../../fixtures/fake/client.mjs";
import { idToken, JWKS } from "../../fixtures/fake/jwt.mjs";

/** @type {{ port: number, redirectUri: string }} */
const { port, redirectUri } = JSON.parse(process.argv[2] ?? "{}");
const origin = `http://localhost:${port}`;
const SERIAL_MILLISECONDS = 100;

const counts = { plain: 0, rotating: 0, serial: 0 };
/** The nonce of a login by its code. */
const nonces = new Map();
let serial = Promise.resolve();

const metadata = (issuer) => ({
  issuer,
  authorization_endpoint: `${issuer}/authorize`,
  token_endpoint: `${issuer}/token`,
  revocation_endpoint: `${issuer}/revoke`,
  jwks_uri: `${issuer}/jwks`,
  response_types_supported: ["code"],
  id_token_signing_alg_values_supported: ["RS256"],
  authorization_response_iss_parameter_supported: true,
});

function authorize(issuer, query) {
  const code = randomBytes(16).toString("hex");
  nonces.set(code, query.get("nonce"));
  const location = new URL(redirectUri);
  location.search = new URLSearchParams({ code, state: query.get("state") ?? "", iss: issuer }).toString();
  return location.href;
}

async function token(issuer, trait, form) {
  const answer = { access_token: randomBytes(24).toString("base64url"), token_type: "Bearer", expires_in: 3600 };
  if (form.get("grant_type") === "authorization_code") {
    const nonce = nonces.get(form.get("code"));
    nonces.delete(form.get("code"));
    const id = idToken({ issuer, clientId: FAKE_CLIENT.clientId, user: "bench", nonce, trait: {}, fault: undefined });
    return { ...answer, refresh_token: "refresh-0", id_token: id };
  }
  counts[trait] += 1;
  if (trait === "serial") {
    serial = serial.then(() => delay(SERIAL_MILLISECONDS));
    await serial;
  }
  return trait === "rotating" ? { ...answer, refresh_token: `refresh-${counts.rotating}` } : answer;
}

const server = createServer((request, response) => {
  const chunks = [];
  request.on("data", (chunk) => chunks.push(chunk));
  request.on("end", () => {
    answer(request, response, Buffer.concat(chunks).toString()).catch((error) => {
      console.error(error);
      response.writeHead(500).end();
    });
  });
});

async function answer(request, response, body) {
  const url = new URL(request.url ?? "/", origin);
  if (url.pathname === "/counts") return send(response, counts);
  const [, trait = "", ...rest] = url.pathname.split("/");
  const issuer = `${origin}/${trait}`;
  if (!Object.hasOwn(counts, trait)) return response.writeHead(404).end();
  switch (rest.join("/")) {
    case ".well-known/openid-configuration":
      return send(response, metadata(issuer));
    case "jwks":
      return send(response, JWKS);
    case "authorize":
      return response.writeHead(303, { Location: authorize(issuer, url.searchParams) }).end();
    case "token":
      return send(response, await token(issuer, trait, new URLSearchParams(body)));
    case "revoke":
      return response.writeHead(200).end();
    default:
      return response.writeHead(404).end();
  }
}

function send(response, value) {
  const text = JSON.stringify(value);
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) }).end(text);
}

process.on("disconnect", () => process.exit(1));
server.listen(port, "127.0.0.1", () => process.send?.("ready"));
