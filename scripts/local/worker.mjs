/** The Worker on this machine: `wrangler dev` with its state in a folder. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { CLIENT_ID } from "../embedded-provider.mjs";
import { inTree, ROOT } from "./place.mjs";
import { startGroup } from "./process-group.mjs";

const WRANGLER = inTree("node_modules/wrangler/bin/wrangler.js");
const READY_MILLISECONDS = 60_000;

/** Nothing is fetched from or told to anybody, no log is written, no trace of a request (with its codes) is stored. */
const SURROUNDINGS = {
  cwd: ROOT,
  env: {
    ...process.env,
    CLOUDFLARE_CF_FETCH_ENABLED: "false",
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_WRITE_LOGS: "false",
    X_LOCAL_OBSERVABILITY: "false",
  },
};

/**
 * Starts the Worker and waits until it answers.
 * @param {object} options
 * @param {string} options.folder for its settings and state
 * @param {number} options.port
 * @param {string} options.providerIssuer
 * @param {import("./secrets.mjs").LocalSecrets} options.secrets
 * @param {boolean} [options.verbose] whether its log is shown, not only errors
 * @returns {Promise<import("./process-group.mjs").ProcessGroup & { issuer: string }>}
 */
export async function startWorker({ folder, port, providerIssuer, secrets, verbose = false }) {
  const issuer = `http://localhost:${port}`;
  const state = join(folder, "worker");
  const settings = join(folder, "worker.env");
  writeFileSync(settings, settingsText({ issuer, providerIssuer, secrets }), { mode: 0o600 });
  await migrate(state);
  const args = ["dev", "--local", "--port", String(port), "--env-file", settings, "--persist-to", state];
  const shown = ["--show-interactive-dev-session=false", "--log-level", verbose ? "log" : "error"];
  const group = startGroup(WRANGLER, [...args, ...shown], { ...SURROUNDINGS, stdio: ["ignore", "inherit", "inherit"] });
  await ready(issuer, group);
  return { ...group, issuer };
}

/** Brings the directory (D1) up to date. */
async function migrate(state) {
  const args = ["d1", "migrations", "apply", "DIRECTORY", "--local", "--persist-to", state];
  const { child, ended, kill } = startGroup(WRANGLER, args, {
    ...SURROUNDINGS,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [output, errors, how] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  await kill();
  if (how !== "status 0") throw new Error(`the migrations failed (${how}):\n${output}${errors}`);
}

/** In the form of a `.env` file: wrangler takes these before the variables of wrangler.toml. */
function settingsText({ issuer, providerIssuer, secrets }) {
  const provider = {
    issuer: providerIssuer,
    name: "Embedded provider",
    client_id: CLIENT_ID,
    scopes: ["openid", "profile", "email", "offline_access", "groups", "storage.read", "storage.write"],
  };
  const settings = {
    ISSUER: issuer,
    PROVIDERS: JSON.stringify([provider]),
    PROVIDER_SECRETS: JSON.stringify({ [providerIssuer]: secrets.clientSecret }),
    SIGNING_KEYS: JSON.stringify(secrets.signingKeys),
    PEPPER: secrets.pepper,
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}='${value}'\n`)
    .join("");
}

async function ready(issuer, { ended, kill }) {
  const waiting = new AbortController();
  const dead = ended.then((how) => `wrangler dev ended (${how})`);
  const fault = await Promise.race([dead, answering(issuer, waiting.signal)]);
  waiting.abort();
  if (fault === null) return;
  await kill();
  throw new Error(fault);
}

/** `null` once it answers, or what is wrong. */
async function answering(issuer, signal) {
  const deadline = Date.now() + READY_MILLISECONDS;
  while (!signal.aborted && Date.now() < deadline) {
    if (await answers(issuer)) return null;
    await delay(100);
  }
  return "the server does not answer";
}

async function answers(issuer) {
  const address = `${issuer}/.well-known/mytoken-configuration`;
  const response = await fetch(address, { signal: AbortSignal.timeout(5000) }).catch(() => null);
  await response?.body?.cancel();
  return response?.status === 200;
}
