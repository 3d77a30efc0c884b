/** A history made by hand, in which no promise is broken until a test breaks one. */
import type { Call, Code, Family, Login, Operation, ProviderRequest, Recorded, Token } from "../model.ts";
import { Recording } from "../recording.ts";
import { note } from "../tokens.ts";
import type { RoundRecord } from "./rule.ts";

/** Milliseconds that a call takes. */
const LASTS = 10;

export class HandMade extends Recording {
  readonly seed = 1;
  #now = 1_000_000;

  /** Now; each call is later than the one before. */
  get now(): number {
    return this.#now;
  }

  /** A call that is ok, unless `given` says otherwise. */
  call(operation: Operation, given: Partial<Call> = {}): Call {
    const started = (this.#now += 2 * LASTS);
    const call: Call = {
      operation,
      token: null,
      about: null,
      family: null,
      recursive: false,
      presented: given.token?.text ?? null,
      started,
      ended: started + LASTS,
      outcome: given.status === undefined || given.status === null || given.status < 400 ? "ok" : "refused",
      status: 200,
      body: {},
      needsCodes: false,
      isCalm: false,
      ...given,
    };
    this.calls.push(call);
    return call;
  }

  family(): Family {
    const family: Family = {
      user: `user-${this.families.length}`,
      trait: "rotating",
      flowId: `flow-${this.families.length}`,
    };
    this.families.push(family);
    return family;
  }

  token(given: Partial<Token> = {}): Token {
    const momId = `token-${this.tokens.length}`;
    const token: Token = {
      momId,
      family: given.parent?.family ?? this.families[0] ?? this.family(),
      parent: null,
      form: "token",
      text: `${momId}-text`,
      texts: new Map(),
      mayCreate: true,
      usagesAT: null,
      autoRevoke: null,
      expires: false,
      mayBeOutdated: false,
      turn: Promise.resolve(),
      ...given,
    };
    note(token, token.text, null);
    this.tokens.push(token);
    return token;
  }

  code(token: Token): Code {
    return { kind: "transfer", text: "abcdefgh", token };
  }

  /** What the token tells of itself: `created`, and `events`. */
  tell(token: Token, events: readonly string[]): void {
    const asked = this.call("history", { token, isCalm: true }).started;
    this.told.push({ token, asked, newest: Math.max(...token.texts.keys()), events: ["created", ...events] });
  }

  /** How the provider tells of a login whose code it answered, and whose refresh tokens are these. */
  atProvider(
    family: Family,
    refreshTokens: readonly string[],
    given: { readonly revoked?: string; readonly requests?: readonly ProviderRequest[] } = {},
  ): Login {
    const at = (this.#now += LASTS);
    const code: ProviderRequest = {
      at,
      ended: at + 1,
      endpoint: "token",
      form: { grant_type: ["authorization_code"], code: [`code of ${family.user}`] },
      outcome: 200,
      issued: refreshTokens[0]!,
    };
    const current = refreshTokens.at(-1) ?? null;
    const known = { user: family.user, refreshTokens, current, revoked: given.revoked ?? null };
    return { family, provider: { requests: [code, ...(given.requests ?? [])], families: [known] } };
  }
}

export function roundOf(history: Recorded, more: Partial<RoundRecord> = {}): RoundRecord {
  return { histories: [history], kills: [], outages: [], leftovers: [], isPatient: false, exposed: [], ...more };
}
