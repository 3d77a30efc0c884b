/**
 * The example of the talk that introduced mytokens (EGI Conference 2021): one token for a job, which submits in the
 * first hour, reads in the first two, may do nothing for a day, and stores its output between hour 24 and 36.
 */
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { exchangeOf, newToken, usesOf } from "../fixtures/tokens.ts";
import { INVALID_TOKEN, RESTRICTED } from "./family.ts";

const SUBMIT = "compute.submit";
const READ = "storage.read";
const WRITE = "storage.write";
const HOUR = 3600;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

afterEach(() => {
  vi.useRealTimers();
});

it("EGI example: one token submits, reads, sleeps, writes, each in its time and not one second longer", async () => {
  const token = await newToken("plain", {
    restrictions: [
      { scope: SUBMIT, exp: "+1h", usages_AT: 1 },
      { scope: READ, exp: "+2h" },
      { scope: READ, nbf: "+24h", exp: "+36h", usages_AT: 1 },
      { scope: WRITE, nbf: "+24h", exp: "+36h" },
    ],
  });
  const { iat: made } = JSON.parse(atob(token.text.split(".")[1]!.replaceAll("-", "+").replaceAll("_", "/"))) as {
    iat: number;
  };
  /** The scopes that the job gets an access token for at a time; each is asked for alone. */
  const allowedAt = async (secondsAfter: number): Promise<string[]> => {
    vi.setSystemTime((made + secondsAfter) * 1000);
    const allowed: string[] = [];
    for (const scope of [SUBMIT, READ, WRITE]) {
      const answer = await exchangeOf(token, { scope });
      if (answer.status !== 200) {
        expect(answer).toMatchObject(RESTRICTED);
        continue;
      }
      expect(String(answer.body["scope"]).split(" ")).toContain(scope);
      allowed.push(scope);
    }
    return allowed;
  };

  // The clauses count from the start of the login, a moment before the token was made.
  expect(await allowedAt(60)).toEqual([SUBMIT, READ]);
  // The one submission is spent, reading goes on.
  expect(await allowedAt(HOUR / 2)).toEqual([READ]);
  expect(await allowedAt(1.5 * HOUR)).toEqual([READ]);
  expect(await allowedAt(2 * HOUR - 60)).toEqual([READ]);
  expect(await allowedAt(2 * HOUR + 1)).toEqual([]);
  expect(await allowedAt(12 * HOUR)).toEqual([]);
  expect(await allowedAt(24 * HOUR - 60)).toEqual([]);
  expect(await allowedAt(24 * HOUR)).toEqual([READ, WRITE]);
  expect(await allowedAt(30 * HOUR)).toEqual([WRITE]);
  expect(await allowedAt(36 * HOUR - 60)).toEqual([WRITE]);

  // Scopes of two clauses are not one clause; nothing asked for is what the first clause in time says.
  expect(await exchangeOf(token, { scope: `${READ} ${WRITE}` })).toMatchObject(RESTRICTED);
  const unasked = await exchangeOf(token);
  expect(unasked.status).toBe(200);
  expect(String(unasked.body["scope"]).split(" ")).toContain(WRITE);
  expect(String(unasked.body["scope"]).split(" ")).not.toContain(READ);

  vi.setSystemTime((made + 36 * HOUR + 1) * 1000);
  expect(await exchangeOf(token, { scope: WRITE })).toMatchObject(INVALID_TOKEN);
  // Every access token was counted once, no refusal was.
  expect(await usesOf(token)).toBe(10);
});
