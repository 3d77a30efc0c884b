/** Where our hashes and derived texts differ from the reference's. */
import type { Rule } from "./rule.ts";

export interface HashCase {
  readonly name: string;
  readonly input: string;
  readonly expected: string;
  /** Filled in by the runner: bytes of the hash in the vector, by its length; `null` if the input is readable in it. */
  readonly bytes: number | null;
  readonly ours: { readonly subject: string; readonly stored: string; readonly keyed: string };
}

/** SHA-3 is nowhere in WebCrypto; none of these values is seen or compared by a client. */
export const HASH_RULES: readonly Rule<HashCase>[] = [
  { id: "sub-form", applies: ({ bytes }) => bytes === 32, answer: ({ ours }) => ours.subject },
  {
    id: "stored-hashes",
    applies: ({ bytes, name }) => bytes === 64 && !name.startsWith("SHA-512"),
    answer: ({ ours }) => ours.stored,
  },
  { id: "Q47", applies: ({ bytes }) => bytes === null, answer: ({ ours }) => ours.keyed },
];
