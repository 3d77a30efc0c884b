/**
 * Runs vectors-util.json, helper functions of the reference: by the function of ours that does the same; where we have
 * none on purpose, by the language.
 */
import { publicUrl, type Config } from "../../src/config.ts";
import { base64url, utf8 } from "../../src/crypto/encoding.ts";
import { hmac, sha256Text } from "../../src/crypto/hash.ts";
import { tightenCapabilities } from "../../src/token/capability.ts";
import { subjectOf } from "../../src/token/claims.ts";
import { isMomId, looksLikeJwt, momIdOf } from "../../src/token/ids.ts";
import { union, words } from "../../src/token/restriction/values.ts";
import { distinct, isObject, mergeObjects } from "../../src/token/templates/merge.ts";
import { lookupIn } from "../../src/token/templates/template.ts";
import { Walk } from "../../src/token/templates/walk.ts";
import { utilRules, type HashCase } from "./rules-util.ts";
import { runSuites, type Suite, type VectorTest } from "./run-suites.ts";

export function runUtil(file: unknown): VectorTest[] {
  return runSuites(file, SUITES);
}

type Texts = readonly string[];
interface Given<Input> {
  readonly input: Input;
}

const SUITES: Readonly<Record<string, Suite>> = {
  splitIgnoreEmpty: { answer: ({ input }: Given<string>) => words(input) },
  combineURLPath: { answer: ({ input: [base, path] }: Given<readonly [string, string]>) => combine(base, path) },
  intersect: { answer: ({ input: { a, b } }: Given<{ a: Texts; b: Texts }>) => tightenCapabilities(a, b) },
  isSubset: {
    answer: ({ input: { a, b } }: Given<{ a: Texts; b: Texts }>) => tightenCapabilities(b, a).length === a.length,
  },
  union: {
    answer: ({ input: { a, b } }: Given<{ a: Texts; b: Texts }>) => ({ ab: union([a, b]), ba: union([b, a]) }),
  },
  contains: { answer: ({ input: { list, value } }: Given<{ list: Texts; value: string }>) => list.includes(value) },
  replace: {
    answer: ({ input }: Given<{ list: Texts; old: string; new: string }>) => {
      const replaced = (same: (entry: string) => boolean) =>
        input.list.map((entry) => (same(entry) ? input.new : entry));
      return {
        caseSensitive: replaced((entry) => entry === input.old),
        caseInsensitive: replaced((entry) => entry.toLowerCase() === input.old.toLowerCase()),
      };
    },
  },
  unique: { answer: ({ input }: Given<Texts>) => distinct(input) },
  isJSONObject: { answer: ({ input }: Given<string>) => isObject(parsed(input)) },
  isJSONArray: { answer: ({ input }: Given<string>) => Array.isArray(parsed(input)) },
  mergeArrays: {
    answer: ({ input: [a, b] }: Given<readonly [string, string]>) => {
      const merged = mergeObjects(new Walk(lookupIn([])), { list: parsed(a) }, { list: parsed(b) });
      return JSON.stringify(merged["list"]);
    },
  },
  wrap: { answer: ({ input: { s, wrap } }: Given<{ s: string; wrap: string }>) => wrap + s + wrap },
  unwrap: {
    answer: ({ input: { s, wrap } }: Given<{ s: string; wrap: string }>) =>
      s.startsWith(wrap) && s.endsWith(wrap) ? s.slice(wrap.length, s.length - wrap.length) : s,
  },
  combineSubIss: {
    // No provider without issuer, no login without subject: an empty one never reaches `subjectOf`.
    answer: ({ input: { sub, iss } }: Given<{ sub: string; iss: string }>) =>
      sub === "" || iss === "" ? sha256Text("") : subjectOf(sub, iss),
    demanded: (vector) => sha256Text(String(vector["expected"])),
  },
  sameIssuer: {
    answer: ({ input: [a, b] }: Given<readonly [string, string]>) => withoutSlash(a) === withoutSlash(b),
  },
  issuerSlashVariants: { answer: ({ input }: Given<string>) => [withoutSlash(input), `${withoutSlash(input)}/`] },
  jwtDetection: {
    answer: ({ signatureBytes }: { signatureBytes: number }) =>
      looksLikeJwt(["{}", "{}", "0".repeat(signatureBytes)].map((part) => base64url(utf8(part))).join(".")),
  },
  hash: {
    // The algorithm is only in the name.
    cases: (cases: readonly { readonly name: string }[]) =>
      cases.map((vector) => ({ ...vector, algorithm: vector.name.split(",")[0] })),
    answer: hashOf,
    rules: utilRules.hash,
  },
  mtid: {
    answer: async ({ id, hash }: { id: string | null; hash: string | null }) => {
      // The id is the `jti`; its hash is the `mom_id`, which alone may be known.
      const momId = id === null ? hash && "0".repeat(22) : await momIdOf(crypto.randomUUID());
      return { valid: id !== null, hashValid: momId !== null && isMomId(momId) };
    },
    demanded: ({ valid, hashValid }) => ({ valid, hashValid }),
  },
  rootToken: {
    answer: ({ hasParent }: { hasParent: boolean }) => {
      const token = { parent: hasParent ? "0".repeat(22) : null };
      return token.parent === null;
    },
  },
};

/** `publicUrl` joins what our configuration admits: an issuer that is not empty, and a path that begins with `/`. */
function combine(base: string, path: string): string {
  if (base === "" || path === "") return base + path;
  return publicUrl({ issuer: base } as Config, path.startsWith("/") ? path : `/${path}`);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, "");
}

/** SHA-3 is not in WebCrypto, and we have no need of it: the rules say what stands in its place. */
async function hashOf({ algorithm, input }: HashCase): Promise<string> {
  if (algorithm.startsWith("SHA3")) return sha256Text(input);
  if (algorithm !== "SHA-512") return base64url(await hmac(new Uint8Array(32), "flow polling", input));
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-512", utf8(input)))));
}
