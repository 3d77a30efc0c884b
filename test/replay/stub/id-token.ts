/** ID tokens as a provider must sign them, so that no validation need be switched off. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";

/** What the login at the stub knows about its user, who is known by name alone. */
export interface Login {
  readonly user: string;
  readonly nonce: string | null;
  readonly noSubject: boolean;
}

export class IdTokenSigner {
  /** A new name with each key: keys may be remembered by name. */
  readonly #kid = `stub-${randomBytes(4).toString("hex")}`;
  readonly #privateKey: KeyObject;
  readonly jwks: object;

  constructor() {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    this.#privateKey = privateKey;
    this.jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: this.#kid, alg: "RS256", use: "sig" }] };
  }

  sign(issuer: string, audience: string, login: Login): string {
    const now = Math.floor(Date.now() / 1000);
    const nonce = login.nonce === null ? {} : { nonce: login.nonce };
    const claims = { iss: issuer, aud: audience, iat: now, exp: now + 3600, ...nonce, ...personOf(login) };
    const input = `${encode({ alg: "RS256", typ: "JWT", kid: this.#kid })}.${encode(claims)}`;
    return `${input}.${sign("sha256", Buffer.from(input), this.#privateKey).toString("base64url")}`;
  }
}

/** Claims by the beginning of the name, as test/golden expects them. */
function personOf({ user, noSubject }: Login): object {
  if (noSubject) return {};
  const email = user.startsWith("nomail")
    ? {}
    : { email: `${user}@example.org`, email_verified: !user.startsWith("unverified") };
  const groups = user.startsWith("nogroups") ? {} : { groups: groupsOf(user) };
  return { sub: user, ...email, ...groups };
}

function groupsOf(user: string): unknown {
  if (user.startsWith("admin")) return ["admins", "users"];
  if (user.startsWith("weird")) return 5;
  return user.startsWith("nobody") ? [] : ["users"];
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
