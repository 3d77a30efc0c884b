/** The server on disk and the provider beside it, for one round of histories. */
import { createWriteStream, mkdirSync } from "node:fs";
import { once } from "node:events";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { freePort } from "../../scripts/local/ports.mjs";
import { startGroup } from "../../scripts/local/process-group.mjs";
import { builtSettings } from "../fixtures/built-worker.mjs";
import { FAKE_CLIENT, startFakeProvider } from "../fixtures/fake-provider.mjs";

/** Seconds, so that what ends by alarm ends while the round lasts. */
export const TIMES = {
  CODE_LIFETIME_SECONDS: 6,
  COLLECT_GRACE_SECONDS: 2,
  ROTATION_GRACE_SECONDS: 3,
  JOIN_TIMEOUT_SECONDS: 3,
  RETENTION_SECONDS: 3,
  TURN_WAIT_SECONDS: 1,
  PROVIDER_WAIT_SECONDS: 1,
  PROVIDER_LIMIT_SECONDS: 4,
  DIRECTORY_WAIT_MILLISECONDS: 300,
  POLLING_INTERVAL_SECONDS: 1,
} as const;

/** Issuers at which histories log in: what their refresh tokens do (test/fixtures/fake/traits.mjs). */
export const ISSUERS = ["plain", "rotating", "late", "never", "jwt-rotating"] as const;
export type IssuerTrait = (typeof ISSUERS)[number];

/** Milliseconds, of this process's clock. */
export interface Span {
  readonly from: number;
  to: number;
}

/** When the directory (D1) or the codes (KV) surely were away: from the first answer that says so. */
export interface Outage extends Span {
  readonly kind: "directory" | "codes";
  /** What each call does: fails at once, or after a while, or is done and its answer lost. */
  readonly how: "fail" | "hang" | "lose";
}

export class World {
  /** When the server was killed, and when it was back. */
  readonly kills: Span[] = [];
  readonly outages: Outage[] = [];
  readonly origin: string;
  readonly storage: string;
  readonly #port: number;
  readonly #modules: string;
  readonly #provider: Awaited<ReturnType<typeof startFakeProvider>>;
  readonly #settings: Record<string, string>;
  readonly #log;
  #server: ReturnType<typeof startGroup> | null = null;
  #up: Promise<void>;

  private constructor(folder: string, modules: string, port: number, provider: World["provider"]) {
    this.#port = port;
    this.#modules = modules;
    this.#provider = provider;
    this.#settings = settings(port, provider.origin);
    this.origin = `http://localhost:${port}`;
    this.storage = join(folder, "storage");
    this.#log = createWriteStream(join(folder, "server.log"), { flags: "a" });
    this.#up = Promise.resolve();
  }

  static async start(folder: string, modules: string): Promise<World> {
    mkdirSync(folder, { recursive: true });
    const port = await freePort();
    const provider = await startFakeProvider({ redirectUris: [`http://localhost:${port}/redirect`] });
    const world = new World(folder, modules, port, provider);
    await once(world.#log, "open");
    try {
      world.#up = world.#serve(true);
      await world.#up;
    } catch (error) {
      await world.stop();
      throw error;
    }
    return world;
  }

  get provider() {
    return this.#provider;
  }

  issuer(trait: IssuerTrait): string {
    return `${this.#provider.origin}/${trait}`;
  }

  /** Waits until the server is there. */
  up(): Promise<void> {
    return this.#up;
  }

  /** Sends to the front of the server. */
  fetch(path: string, init: RequestInit): Promise<Response> {
    return fetch(`http://127.0.0.1:${this.#port}${path}`, { redirect: "manual", ...init });
  }

  /**
   * A verb of `Control` (server/faulty-worker.js): what it returned. `null`: the server was killed meanwhile, so that
   * nobody knows. Any other failure is an error: a fault that was not made must not count as one.
   */
  async control(verb: string, ...given: readonly unknown[]): Promise<{ readonly returned: unknown } | null> {
    const before = this.kills.length;
    await this.up();
    const answer = await this.#controlled(verb, given).catch(
      (error: unknown) => new Error(`${verb}: ${String(error)}`),
    );
    if (this.kills.length > before) return null;
    if (answer instanceof Error) throw answer;
    return answer;
  }

  async #controlled(verb: string, given: readonly unknown[]): Promise<{ readonly returned: unknown }> {
    const response = await this.fetch(`/faults/${verb}`, { method: "POST", body: JSON.stringify(given) });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text.slice(0, 300)}`);
    return { returned: JSON.parse(text) as unknown };
  }

  /** The directory or KV goes away. Takes the place of an outage of the same that goes on. `null`: killed meanwhile. */
  async beginOutage(kind: Outage["kind"], how: Outage["how"]): Promise<Outage | null> {
    const asked = Date.now();
    const isMade = await this.control("setFaults", { [kind]: how });
    if (isMade === null) return null;
    this.#close(asked, kind);
    const outage: Outage = { kind, how, from: Date.now(), to: Number.POSITIVE_INFINITY };
    this.outages.push(outage);
    return outage;
  }

  /** Ends an outage, unless a kill or a later one of the same has ended it. */
  async endOutage(outage: Outage): Promise<void> {
    if (outage.to !== Number.POSITIVE_INFINITY) return;
    outage.to = Date.now();
    await this.control("setFaults", { [outage.kind]: null });
  }

  /** Outages that went on are over. */
  #close(at: number, kind?: Outage["kind"]): void {
    for (const outage of this.outages) {
      if (outage.kind === (kind ?? outage.kind)) outage.to = Math.min(outage.to, at);
    }
  }

  /** The clock of the server is ahead from now on, and after each start. */
  async setClock(offset: number): Promise<void> {
    this.#settings["CLOCK_OFFSET_SECONDS"] = String(offset);
    await this.control("setClock", offset);
  }

  /** `kill -9` of the server and everything it runs, then a new one on the same disk. */
  async killAndRestart(): Promise<void> {
    const span = { from: Date.now(), to: Number.POSITIVE_INFINITY };
    this.kills.push(span);
    // The next server knows nothing of them.
    this.#close(span.from);
    const back = Promise.withResolvers<void>();
    this.#up = back.promise;
    await this.#server?.kill();
    try {
      await this.#serve(false);
    } finally {
      span.to = Date.now();
      back.resolve();
    }
  }

  /** Kills the server: what is on the disk is what a power cut would leave. */
  async killServer(): Promise<void> {
    await this.#server?.kill();
    this.#server = null;
  }

  async stop(): Promise<void> {
    await this.killServer();
    await this.#provider.close();
    this.#log.end();
    await finished(this.#log);
  }

  async #serve(isNew: boolean): Promise<void> {
    const given = {
      port: this.#port,
      bundle: this.#modules,
      storage: this.storage,
      settings: this.#settings,
      isNew,
    };
    const script = join(import.meta.dirname, "server/process.mjs");
    const server = startGroup(script, [JSON.stringify(given)], { stdio: ["ignore", this.#log, this.#log, "ipc"] });
    this.#server = server;
    const ready = once(server.child, "message").then(() => null);
    const fault = await Promise.race([ready, server.ended]);
    if (fault !== null) throw new Error(`the server ended (${fault}): see server.log`);
  }
}

function settings(port: number, provider: string): Record<string, string> {
  const entries = ISSUERS.map((trait) => ({
    issuer: `${provider}/${trait}`,
    client_id: FAKE_CLIENT.clientId,
    scopes: ["openid", "profile", "email", "offline_access"],
    ...(trait === "never" && { refresh_token_rotation: "never" }),
  }));
  return {
    ...builtSettings(`http://localhost:${port}`, entries, FAKE_CLIENT.clientSecret),
    ...Object.fromEntries(Object.entries(TIMES).map(([name, value]) => [name, String(value)])),
  };
}
