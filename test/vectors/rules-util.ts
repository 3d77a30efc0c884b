/** Our divergences in vectors-util.json. No client sees or compares these values. */
import { base64url } from "../../src/crypto/encoding.ts";
import { hmac, sha256Text } from "../../src/crypto/hash.ts";
import type { Rule } from "./rule.ts";

export interface HashCase {
  readonly algorithm: string;
  readonly input: string;
}

/** DESIGN §6: `sub` is SHA-256. */
const subject: Rule<HashCase> = {
  id: "sub",
  applies: ({ algorithm }) => algorithm === "SHA3-256",
  answer: ({ input }) => sha256Text(input),
};

/** Stored hashes are SHA-256. */
const stored: Rule<HashCase> = {
  id: "stored-hashes",
  applies: ({ algorithm }) => algorithm === "SHA3-512",
  answer: ({ input }) => sha256Text(input),
};

/** Q47: a keyed hash from which the input cannot be read. */
const keyed: Rule<HashCase> = {
  id: "stored-hashes",
  applies: ({ algorithm }) => algorithm.startsWith("keyed hash"),
  answer: async ({ input }) => base64url(await hmac(new Uint8Array(32), "flow polling", input)),
};

export const utilRules = { hash: [subject, stored, keyed] } as const;
