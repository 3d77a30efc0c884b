/** One history: a person, the tokens of their logins, and what is done with them. It remembers every call. */
import type { Random } from "./random.ts";
import type { Call, Code, Family, Operation, Outcome, ProviderLog, Reset, Token } from "./model.ts";
import { Recording } from "./recording.ts";
import type { IssuerTrait, World } from "./world.ts";

type Body = Readonly<Record<string, unknown>>;

interface Wanted {
  readonly operation: Operation;
  readonly token?: Token | null;
  readonly about?: Code | Token | null;
  readonly family?: Family;
  readonly recursive?: boolean;
  readonly method?: "GET" | "POST";
  readonly cookie?: string;
  readonly needsCodes?: boolean;
  /** Milliseconds after which the client hangs up. */
  readonly hangUp?: number | null;
}

/** A client waits longer than the server lets it. */
const LIMIT_MILLISECONDS = 15_000;

export class History extends Recording {
  /** Transfer codes that were handed out. */
  readonly codes: Code[] = [];
  readonly seed: number;
  readonly world: World;
  /** Once it closes, no faults are made any more. */
  isCalm = false;
  readonly #address: string;

  constructor(world: World, seed: number) {
    super();
    this.world = world;
    this.seed = seed;
    this.#address = `2001:db8:${(seed >>> 16).toString(16)}:${(seed & 0xffff).toString(16)}::1`;
  }

  newFamily(trait: IssuerTrait): Family {
    const user = `h${this.seed}-${this.families.length}`;
    const family: Family = { user, trait, flowId: null };
    this.families.push(family);
    return family;
  }

  /** Somebody was given the token. */
  hold(token: Token): Token {
    this.tokens.push(token);
    return token;
  }

  /** Whether a client of this history hangs up, and when. */
  hangUp(random: Random): number | null {
    return !this.isCalm && random.chance(0.15) ? random.integer(1, 60) : null;
  }

  /** Sends a request, waits for its answer and remembers both. */
  async send(path: string, body: Body | null, wanted: Wanted): Promise<Call & { readonly headers: Headers }> {
    await this.world.up();
    const started = Date.now();
    const { status, headers, text } = await this.#answer(path, body, wanted);
    const call: Call = {
      operation: wanted.operation,
      token: wanted.token ?? null,
      about: wanted.about ?? null,
      family: wanted.family ?? null,
      recursive: wanted.recursive ?? false,
      presented: typeof body?.["mytoken"] === "string" ? body["mytoken"] : null,
      started,
      ended: Date.now(),
      outcome: outcomeOf(status),
      status,
      body: bodyOf(text),
      needsCodes: wanted.needsCodes ?? false,
      isCalm: this.isCalm,
    };
    this.calls.push(call);
    return { ...call, headers };
  }

  async #answer(path: string, body: Body | null, wanted: Wanted) {
    const headers: Record<string, string> = { "CF-Connecting-IP": this.#address, "User-Agent": `history ${this.seed}` };
    if (body !== null) headers["Content-Type"] = "application/json";
    if (wanted.cookie !== undefined) headers["Cookie"] = wanted.cookie;
    if (wanted.hangUp != null) headers["X-Hang-Up-After"] = String(wanted.hangUp);
    const init: RequestInit = {
      method: wanted.method ?? "POST",
      headers,
      ...(body !== null && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(LIMIT_MILLISECONDS),
    };
    try {
      const response = await this.world.fetch(path, init);
      return { status: response.status, headers: response.headers, text: await response.text() };
    } catch {
      return { status: null, headers: new Headers(), text: "" };
    }
  }

  /** The next calls of the login's user at the provider. `replace`: and no others that were to come. */
  async script(family: Family, steps: readonly object[], replace = false): Promise<void> {
    const from = Date.now();
    const issuer = this.world.issuer(family.trait);
    const body = JSON.stringify({ issuer, user: family.user, steps, replace });
    const { status } = await fetch(`${this.world.provider.origin}/control/next`, { method: "POST", body });
    if (status !== 200) throw new Error(`not scripted: ${JSON.stringify(steps)}`);
    this.scripts.push({ family, from, to: Date.now(), steps: steps.length, replace });
  }

  async providerLog(family: Family): Promise<ProviderLog> {
    const query = new URLSearchParams({ issuer: this.world.issuer(family.trait), user: family.user });
    const response = await fetch(`${this.world.provider.origin}/control/log?${query.toString()}`);
    return (await response.json()) as ProviderLog;
  }

  /** Lets an object crash. One that is not there any more cannot; where a kill came between, nobody knows. */
  async reset(kind: Reset["kind"], family: Family, momId: string | null): Promise<void> {
    const name = kind === "authorization" ? family.flowId : momId;
    if (name === null) return;
    const span: Reset = { kind, momId, family, from: Date.now(), to: Number.POSITIVE_INFINITY };
    const made = await this.world.control("reset", kind, name);
    span.to = Date.now();
    if (made?.returned !== false) this.resets.push(span);
  }
}

function outcomeOf(status: number | null): Outcome {
  if (status === null || status === 499) return "unknown";
  return status < 400 ? "ok" : "refused";
}

function bodyOf(text: string): Body {
  try {
    return JSON.parse(text) as Body;
  } catch {
    return { text };
  }
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
