/** The stub's codes and refresh tokens, and what its token and revocation endpoints do with them. */
import { randomBytes } from "node:crypto";
import type { IdTokenSigner } from "./id-token.ts";
import type { Traits } from "./traits.ts";

export type Form = Readonly<Record<string, readonly string[]>>;

export interface Issuer {
  readonly url: string;
  readonly traits: Traits;
}

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

interface Code {
  readonly user: string;
  readonly scope: string;
  readonly audiences: readonly string[];
  readonly nonce: string | null;
}

interface RefreshToken {
  readonly user: string;
  readonly scope: string;
  dead: boolean;
}

export class TokenEndpoint {
  readonly #codes = new Map<string, Code>();
  readonly #refreshTokens = new Map<string, RefreshToken>();
  readonly #signer: IdTokenSigner;
  readonly #clientId: string;

  constructor(signer: IdTokenSigner, clientId: string) {
    this.#signer = signer;
    this.#clientId = clientId;
  }

  newCode(code: Code): string {
    const text = randomText();
    this.#codes.set(text, code);
    return text;
  }

  answer(issuer: Issuer, form: Form): Answer {
    switch (form["grant_type"]?.[0]) {
      case "authorization_code":
        return this.#redeem(issuer, form);
      case "refresh_token":
        return this.#refresh(issuer, form);
      default:
        return { status: 400, body: { error: "unsupported_grant_type" } };
    }
  }

  revoke(form: Form): Answer {
    const token = this.#refreshTokens.get(form["token"]?.[0] ?? "");
    if (token) token.dead = true;
    return { status: 200, body: {} };
  }

  #redeem({ url, traits }: Issuer, form: Form): Answer {
    const text = form["code"]?.[0] ?? "";
    const code = this.#codes.get(text);
    if (!code) return invalidGrant("unknown code");
    this.#codes.delete(text);
    const scope = granted(traits, code.scope);
    const login = { user: code.user, nonce: code.nonce, noSubject: traits.noSubject === true };
    return {
      status: 200,
      body: {
        access_token: accessToken({ url, traits }, code.user, scope, code.audiences),
        token_type: "Bearer",
        expires_in: 3600,
        ...(traits.noScope ? {} : { scope }),
        id_token: this.#signer.sign(url, this.#clientId, login),
        ...(traits.noRefreshToken ? {} : { refresh_token: this.#newRefreshToken(code.user, scope) }),
      },
    };
  }

  #refresh({ url, traits }: Issuer, form: Form): Answer {
    const token = this.#refreshTokens.get(form["refresh_token"]?.[0] ?? "");
    if (!token || token.dead) return invalidGrant("refresh token is unknown, used or revoked");
    const scope = granted(traits, form["scope"]?.[0] ?? token.scope);
    const audiences = form["resource"] ?? form["audience"] ?? [];
    if (traits.rotates) token.dead = true;
    return {
      status: 200,
      body: {
        access_token: accessToken({ url, traits }, token.user, scope, audiences),
        token_type: "Bearer",
        expires_in: traits.textExpiry ? "3600" : 3600,
        ...(traits.noScope ? {} : { scope }),
        ...(traits.rotates ? { refresh_token: this.#newRefreshToken(token.user, token.scope) } : {}),
      },
    };
  }

  /** As a provider does whose answer is lost: the old refresh token is gone, the new one nobody gets. */
  rotateInVain(form: Form): void {
    const token = this.#refreshTokens.get(form["refresh_token"]?.[0] ?? "");
    if (token) token.dead = true;
  }

  #newRefreshToken(user: string, scope: string): string {
    const text = `stub-rt-${randomText()}`;
    this.#refreshTokens.set(text, { user, scope, dead: false });
    return text;
  }
}

function accessToken({ url, traits }: Issuer, user: string, scope: string, audiences: readonly string[]): string {
  if (!traits.jwtAccessTokens) return `stub-at-${randomText()}`;
  const aud = traits.fixedAudience ?? (audiences.length > 0 ? audiences : [url]);
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const parts = [
    { alg: "HS256", typ: "JWT" },
    { iss: url, sub: user, aud, scope, jti: randomText(), exp },
  ];
  return [...parts.map((part) => Buffer.from(JSON.stringify(part)).toString("base64url")), "AAAA"].join(".");
}

function granted({ grants }: Traits, scope: string): string {
  if (!grants) return scope;
  return scope
    .split(" ")
    .filter((value) => grants.includes(value))
    .join(" ");
}

function invalidGrant(description: string): Answer {
  return { status: 400, body: { error: "invalid_grant", error_description: description } };
}

function randomText(): string {
  return randomBytes(16).toString("hex");
}
