/**
 * Runs vectors-util.json, the helper functions of the reference: by the function of ours that does the same, else by
 * what the language has, where we have no such function on purpose.
 */
import { expect } from "vitest";
import type { Config } from "../../src/config.ts";
import { publicUrl } from "../../src/config.ts";
import { base64url, utf8 } from "../../src/crypto/encoding.ts";
import { hmac, sha256Text } from "../../src/crypto/hash.ts";
import { tightenCapabilities } from "../../src/token/capability.ts";
import { subjectOf } from "../../src/token/claims.ts";
import { isMomId, looksLikeJwt, momIdOf } from "../../src/token/ids.ts";
import { replaceThis } from "../../src/token/restriction/this.ts";
import { union, words } from "../../src/token/restriction/values.ts";
import { distinct, isObject, mergeObjects } from "../../src/token/templates/merge.ts";
import { lookupIn } from "../../src/token/templates/template.ts";
import { Walk } from "../../src/token/templates/walk.ts";
import { answerTo, casesOf, each, type VectorCase } from "./cases.ts";
import { HASH_RULES, type HashCase } from "./rules-util.ts";

interface Case<Input, Expected> {
  readonly input: Input;
  readonly expected: Expected;
}
interface Lists {
  readonly a: readonly string[];
  readonly b: readonly string[];
}
interface Wrapping {
  readonly s: string;
  readonly wrap: string;
}
interface Replacing {
  readonly list: readonly string[];
  readonly old: string;
  readonly new: string;
}
type Replaced = Readonly<Record<"caseSensitive" | "caseInsensitive", readonly string[]>>;

export function runUtil(file: unknown): VectorCase[] {
  return casesOf(
    file,
    {
      splitIgnoreEmpty: each((c: Case<string, unknown>) => expect(words(c.input)).toEqual(c.expected)),
      combineURLPath: each((c: Case<[string, string], string>) => expect(combine(...c.input)).toBe(c.expected)),
      intersect: each((c: Case<Lists, unknown>) => expect(tightenCapabilities(c.input.a, c.input.b)).toEqual(c.expected)),
      isSubset: each((c: Case<Lists, boolean>) => {
        const { a, b } = c.input;
        expect(tightenCapabilities(b, a).length === a.length).toBe(c.expected);
      }),
      union: each((c: Case<Lists, { ab: unknown; ba: unknown }>) => {
        const { a, b } = c.input;
        expect({ ab: union([a, b]), ba: union([b, a]) }).toEqual(c.expected);
      }),
      contains: each((c: Case<{ list: readonly string[]; value: string }, boolean>) => {
        expect(tightenCapabilities(c.input.list, [c.input.value]).length === 1).toBe(c.expected);
      }),
      replace: each(runReplace),
      unique: each((c: Case<readonly string[], unknown>) => {
        expect(distinct(c.input)).toEqual(c.expected);
        expect(union([c.input])).toEqual(c.expected);
      }),
      isJSONObject: each((c: Case<string, boolean>) => expect(isObject(parsed(c.input))).toBe(c.expected)),
      isJSONArray: each((c: Case<string, boolean>) => expect(Array.isArray(parsed(c.input))).toBe(c.expected)),
      mergeArrays: each((c: Case<[string, string], string>) => {
        const [a, b] = c.input.map((text) => ({ list: JSON.parse(text) as unknown }));
        expect(mergeObjects(new Walk(lookupIn([])), a!, b!)).toEqual({ list: JSON.parse(c.expected) });
      }),
      wrap: each((c: Case<Wrapping, string>) => expect(c.input.wrap + c.input.s + c.input.wrap).toBe(c.expected)),
      unwrap: each((c: Case<Wrapping, string>) => expect(unwrap(c.input)).toBe(c.expected)),
      combineSubIss: each(async (c: Case<{ sub: string; iss: string }, string>) => {
        const { sub, iss } = c.input;
        // No provider without issuer, no login without subject: an empty one never reaches `subjectOf`.
        if (sub === "" || iss === "") expect(c.expected).toBe("");
        else expect(await subjectOf(sub, iss)).toBe(await sha256Text(c.expected));
      }),
      sameIssuer: each((c: Case<[string, string], boolean>) => {
        const [a, b] = c.input.map(withoutSlash);
        expect(a === b).toBe(c.expected);
      }),
      issuerSlashVariants: each((c: Case<string, unknown>) => {
        expect([withoutSlash(c.input), `${withoutSlash(c.input)}/`]).toEqual(c.expected);
      }),
      jwtDetection: each((c: { signatureBytes: number; expected: boolean }) => {
        const text = `${base64url(utf8("{}"))}.${base64url(utf8("{}"))}.${base64url(new Uint8Array(c.signatureBytes))}`;
        expect(looksLikeJwt(text)).toBe(answerTo(c, [], c.expected));
      }),
      hash: each(runHash),
      mtid: each(runMomId),
      rootToken: each((c: { hasParent: boolean; expected: boolean }) => {
        const parent = c.hasParent ? "0".repeat(22) : null;
        expect(parent === null).toBe(c.expected);
      }),
    },
    ["meta"],
  );
}

/** `publicUrl` joins what our configuration admits: an issuer that is not empty, and a path that begins with `/`. */
function combine(base: string, path: string): string {
  if (base === "" || path === "") return base + path;
  return publicUrl({ issuer: base } as Config, path.startsWith("/") ? path : `/${path}`);
}

function runReplace(c: Case<Replacing, Replaced>): void {
  const { list, old, new: replacement } = c.input;
  const differently = (same: (entry: string) => boolean) => list.map((entry) => (same(entry) ? replacement : entry));
  expect(differently((entry) => entry === old)).toEqual(c.expected.caseSensitive);
  expect(differently((entry) => entry.toLowerCase() === old.toLowerCase())).toEqual(c.expected.caseInsensitive);
  // The one place where we replace without regard to case: `this` in `hosts`.
  const letterCases = ["this", "This"];
  const hosts = list.map((entry) => (entry.toLowerCase() === old.toLowerCase() ? letterCases[Number(entry !== old)]! : entry));
  const replaced = replaceThis([{ hosts }], "192.0.2.1");
  expect(replaced.ok && replaced.clauses[0]?.hosts?.map((entry) => (entry === "192.0.2.1" ? replacement : entry))).toEqual(
    c.expected.caseInsensitive,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function unwrap({ s, wrap }: Wrapping): string {
  return s.startsWith(wrap) && s.endsWith(wrap) && s.length >= 2 * wrap.length ? s.slice(wrap.length, s.length - wrap.length) : s;
}

function withoutSlash(issuer: string): string {
  return issuer.replace(/\/$/, "");
}

/** SHA-512 is the reference's digest of a clause; for the others we have what the rules say. */
async function runHash(c: HashCase): Promise<void> {
  const sha512 = new Uint8Array(await crypto.subtle.digest("SHA-512", utf8(c.input)));
  const ours = {
    subject: await sha256Text(c.input),
    stored: await sha256Text(c.input),
    keyed: base64url(await hmac(new Uint8Array(32), "flow polling", c.input)),
  };
  const readable = c.expected.startsWith(base64url(utf8(c.input)).slice(0, 8));
  const bytes = readable ? null : atob(c.expected).length;
  const answer = answerTo({ ...c, bytes, ours }, HASH_RULES, c.expected);
  if (answer === c.expected) {
    expect(btoa(String.fromCharCode(...sha512))).toBe(answer);
    return;
  }
  expect(answer).toMatch(/^[A-Za-z0-9_-]{43}$/);
  expect(answer).not.toContain(base64url(utf8(c.input)).slice(0, 8));
}

interface MomIdCase {
  readonly id: string | null;
  readonly hash: string | null;
  readonly valid: boolean;
  readonly hashValid: boolean;
}

/** The id is the `jti`, known from the JWT alone; its hash is the `mom_id`. */
async function runMomId(c: MomIdCase): Promise<void> {
  const jti = c.id === null ? null : crypto.randomUUID();
  const momId = jti === null ? c.hash && "0".repeat(22) : await momIdOf(jti);
  expect(jti !== null).toBe(c.valid);
  expect(momId !== null && isMomId(momId)).toBe(c.hashValid);
}
