/** Families of mytokens for the proofs: made, used and ended over HTTP, as clients do. */
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import { configOf } from "../../src/config/parse.ts";
import { decodeMytoken } from "../../src/signer/decode.ts";
import { signMytoken } from "../../src/signer/sign.ts";
import type { MytokenClaims } from "../../src/token/claims.ts";
import { type Answer, post } from "../fixtures/client.ts";
import { newToken, rowsOf, type TestToken } from "../fixtures/tokens.ts";

export const MY = "/api/v0/token/my";
/** The answer to whoever presents a token that does not count (any more). */
export const INVALID_TOKEN = { status: 401, body: { error: "invalid_token" } };
/** The answer to a use that no clause permits. */
export const RESTRICTED = { status: 403, body: { error: "usage_restricted" } };

type Request = Readonly<Record<string, unknown>>;

/** A token that gives access tokens and subtokens. */
export function parentToken(trait: string, request: Request = {}): Promise<TestToken> {
  return newToken(trait, { capabilities: ["AT", "tokeninfo", "create_mytoken"], ...request });
}

/** Asks for a subtoken. */
export function askSubtoken(parent: TestToken, request: Request = {}): Promise<Answer> {
  return post(MY, { grant_type: "mytoken", mytoken: parent.text, ...request }, parent.from);
}

/** A subtoken, used from where its parent is. */
export async function subtokenOf(parent: TestToken, request: Request = {}): Promise<TestToken> {
  const { status, body } = await askSubtoken(parent, request);
  if (status !== 200) throw new Error(`${status}: ${JSON.stringify(body)}`);
  return presenting(parent, String(body["mytoken"]), String(body["mom_id"]));
}

/** A token that is presented by another text: its successor, or one of its relatives. */
export function presenting(token: TestToken, text: string, momId = token.momId): TestToken {
  const { trait, user, grantId, from } = token;
  return {
    trait,
    user,
    grantId,
    from,
    text,
    momId,
    get object() {
      return env.MYTOKEN.getByName(momId);
    },
    get grant() {
      return env.GRANT.getByName(grantId);
    },
  };
}

/** Revokes a token by its own text. */
export function revoke(token: TestToken, recursive: boolean): Promise<Answer> {
  return post("/api/v0/token/revoke", { token: token.text, recursive }, token.from);
}

/** `count` answers that were asked for at once. */
export function parallel<Value>(count: number, ask: (index: number) => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: count }, (_, index) => ask(index)));
}

/** How many answers had which status. */
export function tally(answers: readonly Answer[]): Record<number, number> {
  const counts: Record<number, number> = {};
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

/** The members of `token_update`, or an empty object. */
export function updateOf({ body }: Answer): Readonly<Record<string, unknown>> {
  return (body["token_update"] ?? {}) as Record<string, unknown>;
}

/** The token as its holder goes on after an answer that replaced it. */
export function successorIn(answer: Answer, token: TestToken): TestToken {
  const text = updateOf(answer)["mytoken"];
  if (typeof text !== "string") throw new Error(`no token_update: ${JSON.stringify(answer.body)}`);
  return presenting(token, text);
}

export function claimsOf({ text }: Pick<TestToken, "text">): MytokenClaims {
  return decodeMytoken(text);
}

/** A text that we never issued, signed with our own key. */
export function forged(token: TestToken, changes: Partial<MytokenClaims>): Promise<string> {
  return signMytoken(configOf(env), { ...claimsOf(token), ...changes });
}

/** The one row of a token's object. */
export async function rowOf({ object }: TestToken): Promise<Record<string, SqlStorageValue>> {
  const [row] = await rowsOf(object, "SELECT * FROM token");
  if (!row) throw new Error("the object has no token");
  return row;
}

/** The events of a token with their comments, oldest first. */
export function historyOf({ object }: TestToken): Promise<{ event: string; comment: string | null }[]> {
  return rowsOf(object, "SELECT event, comment FROM event ORDER BY id");
}

export async function areAlive(tokens: readonly TestToken[]): Promise<boolean[]> {
  return Promise.all(tokens.map(({ grant, momId }) => grant.isAlive(momId)));
}

type Crypto = (...given: unknown[]) => Promise<ArrayBuffer>;

/**
 * Lets other events in after something was signed, sealed or opened, for as long as `wait` says: nobody may rely on
 * crypto that is over at once (DESIGN §2). Undone by `vi.restoreAllMocks`.
 */
export function slowCrypto(wait: () => Promise<void>) {
  const { subtle } = crypto;
  const slowly = (method: "sign" | "encrypt" | "decrypt") => {
    const run = (subtle[method] as Crypto).bind(subtle);
    return vi.spyOn(subtle, method).mockImplementation(async (...given: unknown[]) => {
      const result = await run(...given);
      await wait();
      return result;
    });
  };
  slowly("encrypt");
  slowly("decrypt");
  return slowly("sign");
}

/** Waits until something is so. */
export async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 400; tries++) {
    if (await isSo()) return;
    await sleep(10);
  }
  throw new Error("what the test waited for did not happen");
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });
}
