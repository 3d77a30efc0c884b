/**
 * Secrets in generated requests stand as marks, `⟦kind⟧` or `⟦kind!mutation!n⟧`, and are put in when the request is sent:
 * so a seed gives the same requests in every run, and a request can be shrunk and repeated.
 */
import * as fc from "fast-check";

/** What a run knows that opens something. Several of each kind; `n` of a mark chooses. */
export type Secrets = Readonly<Record<SecretKind, readonly string[]>>;

export const TOKEN_KINDS = ["jwt", "short", "rotating", "limited", "outdated", "revoked"] as const;
export const CODE_KINDS = ["transfer", "polling", "consent", "state"] as const;
export type SecretKind = (typeof TOKEN_KINDS)[number] | (typeof CODE_KINDS)[number] | "loginCookie" | "momId";

type Mutation = (text: string, n: number) => string;

/** The result never is a secret: what a mutated one opens would be a hole. */
const MUTATIONS: Readonly<Record<string, Mutation>> = {
  flip: (text, n) => replaceAt(text, n, (c) => (c === "A" ? "B" : "A")),
  swapCase: (text, n) => changeLetter(text, n),
  cut: (text, n) => text.slice(0, n % text.length),
  head: (text, n) => text.slice(1 + (n % (text.length - 1))),
  longer: (text, n) => text + "AQaz09_-"[n % 8],
  twice: (text) => text + text,
  dots: (text) => `.${text.replaceAll(".", "..")}`,
  noSignature: (text) => `${text.split(".").slice(0, 2).join(".")}.`,
  algNone: (text) => withHeader(text, { alg: "none", typ: "MT+JWT" }),
  jku: (text) => withHeader(text, { alg: "ES384", typ: "MT+JWT", jku: "http://127.0.0.1:9/jwks", kid: "x" }),
  protoHeader: (text) => withHeader(text, { alg: "ES384", kid: "__proto__", crit: ["exp"] }),
  inner: (text, n) => `${text.slice(0, n % text.length)}\u0000${text.slice(n % text.length)}`,
  unicode: (text, n) => replaceAt(text, n, () => "ａ"),
  padded: (text) => `${text}==`,
};

const MUTATION_NAMES: readonly string[] = Object.keys(MUTATIONS);

function replaceAt(text: string, n: number, replace: (character: string) => string): string {
  const at = n % text.length;
  return text.slice(0, at) + replace(text[at] ?? "") + text.slice(at + 1);
}

function changeLetter(text: string, n: number): string {
  const letters = [...text.matchAll(/[A-Za-z]/g)].map(({ index }) => index);
  const at = letters[n % letters.length] ?? 0;
  return replaceAt(text, at, (c) => (c === c.toUpperCase() ? c.toLowerCase() : c.toUpperCase()));
}

function withHeader(text: string, header: object): string {
  return [Buffer.from(JSON.stringify(header)).toString("base64url"), ...text.split(".").slice(1)].join(".");
}

const MARK = /⟦(\w+)!(\w+)!(\d+)⟧/g;

/** A text with its marks replaced. */
export function withSecrets(text: string, secrets: Secrets): string {
  return text.replaceAll(MARK, (_, kind: SecretKind, mutation: string, digits: string) => {
    const known = secrets[kind] ?? [];
    const n = Number(digits);
    const secret = known[n % known.length];
    if (secret === undefined) return "no-such-secret";
    return MUTATIONS[mutation]?.(secret, Math.floor(n / 16)) ?? secret;
  });
}

/** Marks of secrets that open nothing. */
export function spoiltSecret(kinds: readonly SecretKind[], mutations = MUTATION_NAMES): fc.Arbitrary<string> {
  return mark(kinds, fc.constantFrom(...mutations));
}

/** Marks of good secrets. */
export function goodSecret(kinds: readonly SecretKind[]): fc.Arbitrary<string> {
  return mark(kinds, fc.constant("as_it_is"));
}

function mark(kinds: readonly SecretKind[], mutation: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...kinds), mutation, fc.nat(100_000))
    .map(([kind, how, n]) => `⟦${kind}!${how}!${n}⟧`);
}
