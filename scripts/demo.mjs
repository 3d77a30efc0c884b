/** `npm run demo`: the main job once, step by step, on free ports and with state that is thrown away. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logIn } from "./local/browser.mjs";
import { freePort } from "./local/ports.mjs";
import { startServer } from "./local/server.mjs";

const USER = "alice";
const HOUR_SECONDS = 3600;

/** The main job, told as it goes. */
async function walk({ issuer, providerIssuer }) {
  step(`A program asks ${issuer} for a mytoken that works for an hour`);
  const login = await postJson(`${issuer}/api/v0/token/my`, {
    grant_type: "oidc_flow",
    oidc_issuer: providerIssuer,
    client_type: "native",
    application_name: "the demo",
    name: "demo",
    capabilities: ["AT", "tokeninfo"],
    restrictions: [{ exp: Math.floor(Date.now() / 1000) + HOUR_SECONDS }],
  });
  detail(`Somebody has to open ${login.consent_uri}`);

  step(`${USER} opens that page in a browser`);
  const heading = await logIn(login.consent_uri, USER, detail);
  detail(`The last page says: "${heading}"`);

  step("The program polls and gets the mytoken");
  const collected = await postJson(`${issuer}/api/v0/token/my`, {
    grant_type: "polling_code",
    polling_code: login.polling_code,
  });
  detail(`What it says of itself:\n${JSON.stringify(claimsOf(collected.mytoken), null, 2)}`);

  step("Whoever holds the mytoken exchanges it for an access token");
  const granted = await postJson(`${issuer}/api/v0/token/access`, {
    grant_type: "mytoken",
    mytoken: collected.mytoken,
  });
  detail(`${granted.token_type}, for ${granted.expires_in} seconds, scope "${granted.scope}"`);

  step("The provider takes the access token");
  const headers = { Authorization: `Bearer ${granted.access_token}` };
  const person = await answerOf(await fetch(`${providerIssuer}/me`, { headers }));
  detail(`Its user info: ${JSON.stringify(person)}`);
  if (person.sub !== USER) throw new Error(`the provider knows another user: ${person.sub}`);
}

let steps = 0;

function step(what) {
  steps += 1;
  console.log(`\n${steps}. ${what}`);
}

function detail(what) {
  console.log(what.replaceAll(/^/gm, "   "));
}

async function postJson(address, body) {
  const headers = { "Content-Type": "application/json" };
  return answerOf(await fetch(address, { method: "POST", headers, body: JSON.stringify(body) }));
}

async function answerOf(response) {
  const answer = await response.json();
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}: ${JSON.stringify(answer)}`);
  return answer;
}

function claimsOf(jwt) {
  return JSON.parse(Buffer.from(jwt.split(".")[1], "base64url").toString());
}

async function main() {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => process.exit(1));
  const folder = mkdtempSync(join(tmpdir(), "mytoken-demo-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  console.log("Starting a server and a provider …");
  const server = await startServer({ folder, port: await freePort(), providerPort: 0 });
  try {
    await walk(server);
  } finally {
    await server.stop();
  }
  console.log("\nDone.");
}

main().then(
  () => process.exit(0),
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
