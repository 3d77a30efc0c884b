/** One chain while it runs. */
import { Bindings } from "./bindings.ts";
import { Browser } from "./cookies.ts";
import { type Instance, INSTANCES } from "./instances.ts";
import type { Chain, InstanceName, JsonObject, RecordedResponse } from "./recording.ts";
import { jsonOf, type Received } from "./wire.ts";
import type { World } from "./world.ts";

export class Run {
  readonly world: World;
  readonly chain: Chain;
  readonly bindings: Bindings;
  readonly browser = new Browser();
  /** The clauses of the latest approval. */
  asked: readonly JsonObject[] = [];
  /** The latest return from the provider: what it brought, and how it ended. */
  returned: { readonly path: string; readonly status: number } | null = null;
  /** Where the latest approval sent the browser. */
  sentTo: string | null = null;
  /** Addresses at the provider as they were given, with `nonce`, by how they were recorded. */
  readonly #addresses = new Map<string, string>();

  constructor(world: World, chain: Chain) {
    this.world = world;
    this.chain = chain;
    const { main } = world.base;
    const iss = chain.instance === "proxy" ? main : this.base(chain.instance);
    this.bindings = new Bindings({ iss, "iss:main": main, op: world.stub, realop: world.realProvider });
  }

  base(instance: InstanceName = this.chain.instance): string {
    return isRunning(instance) ? this.world.base[instance] : "http://instance.invalid";
  }

  /** Keeps what a browser would keep of an answer. */
  remember(expected: RecordedResponse, actual: Received): void {
    this.browser.keep(actual.headers["set-cookie"] ?? []);
    const [recorded, given] = [expected.json, jsonOf(actual.text)] as [unknown, unknown];
    const wanted = authorizationUriOf(recorded);
    const got = authorizationUriOf(given);
    if (got !== null) this.sentTo = got;
    if (wanted !== null && got !== null) this.#addresses.set(wanted, got);
  }

  providerAddress(recorded: string): string {
    return this.#addresses.get(recorded) ?? this.bindings.fillText(recorded);
  }
}

export function isRunning(instance: InstanceName): instance is Instance {
  return (INSTANCES as readonly InstanceName[]).includes(instance);
}

/** The address of the provider in an answer: web logins have it as `consent_uri`. */
function authorizationUriOf(body: unknown): string | null {
  if (body === null || typeof body !== "object") return null;
  const { authorization_uri: first, consent_uri: second } = body as Record<string, unknown>;
  return (
    [first, second].find((uri): uri is string => typeof uri === "string" && uri.includes("code_challenge=")) ?? null
  );
}
