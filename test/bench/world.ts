/** What is measured, with storage that is empty at first: the server and the floor in one workerd, the provider, all on loopback. */
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { logIn } from "../../scripts/local/browser.mjs";
import { freePort } from "../../scripts/local/ports.mjs";
import { startGroup } from "../../scripts/local/process-group.mjs";
import { builtSettings, bundleInto } from "../fixtures/built-worker.mjs";
import { FAKE_CLIENT } from "../fixtures/fake/client.mjs";
import { callFor } from "./load.ts";
import { workerdSeconds } from "./machine.ts";

/** What the issuers of server/provider.mjs do. */
export type Trait = "plain" | "rotating" | "serial";

const TRAITS: readonly Trait[] = ["plain", "rotating", "serial"];
const SCOPES = ["openid", "profile", "email", "offline_access"];

const LOGINS_AT_ONCE = 8;

export interface World {
  readonly server: URL;
  readonly floor: URL;
  /** Processor seconds that server and floor have used; `null` where nobody tells. */
  readonly processorSeconds: () => number | null;
  /** Requests for access tokens that each issuer has had. */
  readonly refreshes: () => Promise<Readonly<Record<Trait, number>>>;
  /** Logs somebody in by the scripted browser and collects the mytoken. */
  readonly login: (trait: Trait, request?: object) => Promise<string>;
  /** The mytokens of so many logins. */
  readonly logins: (count: number, trait?: Trait, request?: object) => Promise<readonly string[]>;
  readonly stop: () => Promise<void>;
}

/** The Worker as it would be uploaded, in a folder of `folder`. */
export async function bundled(folder: string): Promise<string> {
  const bundle = join(folder, "bundle");
  await bundleInto(bundle);
  return bundle;
}

export interface Place {
  readonly bundle: string;
  /** Empty: it is the storage of this world alone. */
  readonly storage: string;
  readonly providerPort?: number | undefined;
}

/** Does `work` in a world of its own, and ends it. */
export async function inWorld<Value>(place: Place, work: (world: World) => Promise<Value>): Promise<Value> {
  const world = await startWorld(place);
  try {
    return await work(world);
  } finally {
    await world.stop();
  }
}

async function startWorld({ bundle, storage, providerPort: givenProviderPort }: Place): Promise<World> {
  mkdirSync(storage, { recursive: true });
  const port = await freePort();
  const providerPort = givenProviderPort ?? (await freePort());
  const origin = `http://localhost:${port}`;
  const provider = `http://localhost:${providerPort}`;
  const issuers = TRAITS.map((trait) => ({
    issuer: `${provider}/${trait}`,
    client_id: FAKE_CLIENT.clientId,
    scopes: SCOPES,
  }));
  const floorPort = await freePort();
  const credentials = Buffer.from(`${FAKE_CLIENT.clientId}:${FAKE_CLIENT.clientSecret}`).toString("base64");
  const providerGroup = await started("server/provider.mjs", {
    port: providerPort,
    redirectUri: `${origin}/redirect`,
  });
  const serverGroup = await started("server/process.mjs", {
    port,
    floorPort,
    bundle,
    storage,
    settings: builtSettings(origin, issuers, FAKE_CLIENT.clientSecret),
    floor: { TOKEN_ENDPOINT: `${provider}/plain/token`, AUTHORIZATION: `Basic ${credentials}` },
  });
  const server = new URL(`http://127.0.0.1:${port}`);
  return {
    server,
    floor: new URL(`http://127.0.0.1:${floorPort}`),
    processorSeconds: () => workerdSeconds(serverGroup.pid),
    refreshes: async () =>
      (await callFor(new URL(`http://127.0.0.1:${providerPort}/counts`), null)) as Record<Trait, number>,
    login: (trait, request = {}) => login(server, `${provider}/${trait}`, request),
    logins: (count, trait = "plain", request = {}) => logins(server, `${provider}/${trait}`, request, count),
    stop: async () => {
      await Promise.all([serverGroup.stop(), providerGroup.stop()]);
    },
  };
}

async function started(script: string, given: object) {
  const path = join(import.meta.dirname, script);
  const group = startGroup(path, [JSON.stringify(given)], { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const ready = once(group.child, "message").then(() => null);
  const fault = await Promise.race([ready, group.ended]);
  if (fault !== null) throw new Error(`${script} ended: ${fault}`);
  return group;
}

async function logins(server: URL, issuer: string, request: object, count: number): Promise<readonly string[]> {
  const tokens: string[] = [];
  while (tokens.length < count) {
    const next = Math.min(LOGINS_AT_ONCE, count - tokens.length);
    tokens.push(...(await Promise.all(Array.from({ length: next }, () => login(server, issuer, request)))));
  }
  return tokens;
}

async function login(server: URL, issuer: string, request: object): Promise<string> {
  const my = new URL("/api/v0/token/my", server);
  const flow = await callFor(my, {
    grant_type: "oidc_flow",
    oidc_issuer: issuer,
    client_type: "native",
    capabilities: ["AT", "tokeninfo", "create_mytoken"],
    ...request,
  });
  await logIn(String(flow["consent_uri"]), "bench");
  const { mytoken } = await callFor(my, { grant_type: "polling_code", polling_code: flow["polling_code"] });
  return String(mytoken);
}
