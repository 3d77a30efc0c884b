/** A whole run: strangers first, who must leave nothing behind, then holders of good tokens. */
import * as fc from "fast-check";
import type { Sender } from "./bodies.ts";
import { faultsOf } from "./judge.ts";
import { judgeLog } from "./log.ts";
import { newSecrets } from "./pool.ts";
import { untold } from "./rejections.ts";
import { type HostileRequest, requests } from "./requests.ts";
import type { Secrets } from "./secrets.ts";
import { send } from "./send.ts";
import type { Server } from "./server.ts";
import { leftBehind, type Stored } from "./stored.ts";

export interface Plan {
  readonly requests: number;
  readonly seed: number;
  readonly tell?: (progress: string) => void;
}

export interface Fault {
  readonly text: string;
  readonly seed: number;
  readonly request: HostileRequest | null;
}

export interface Report {
  readonly sent: number;
  readonly faults: readonly Fault[];
  readonly seen: ReadonlyMap<string, number>;
  /** Before and after the strangers. */
  readonly stored: readonly [Stored, Stored];
}

const AT_ONCE = 24;
const CHUNK = 1000;
/** Holders' tokens do not live long: many of their requests end them. */
const HOLDERS_CHUNK = 250;
/** Of all requests, those of strangers. */
const STRANGERS = 0.6;
const MOST_FAULTS = 20;

export async function run(server: Server, { requests: count, seed, tell }: Plan): Promise<Report> {
  const faults: Fault[] = [];
  const seen = new Map<string, number>();
  let sent = 0;
  const fault = (text: string) => faults.push({ text, seed, request: null });
  // The logins are no hostile requests and count for no route; what they leave in the log is judged all the same.
  const logIn = async (): Promise<Secrets> => {
    const fresh = await newSecrets(server);
    await settled();
    for (const text of judgeLog(server.takeLog(), fresh).faults) fault(text);
    return fresh;
  };
  let secrets = await logIn();
  const lookForRejections = async () => {
    for (const way of await unseenRejections(server)) fault(`the log does not tell of a rejection ${way}`);
  };

  const chunk = async (sender: Sender, size: number): Promise<void> => {
    const chunkSeed = seed + sent;
    const issuers = Object.values(server.providers);
    const generated = fc.sample(requests(sender, issuers), { numRuns: size, seed: chunkSeed });
    await inParallel(generated, async (request) => {
      const found = await answered(server, request, secrets);
      faults.push(...found.map((text) => ({ text, seed: chunkSeed, request })));
    });
    sent += size;
    await settled();
    const log = judgeLog(server.takeLog(), secrets);
    faults.push(...log.faults.map((text) => ({ text, seed: chunkSeed, request: null })));
    for (const [key, times] of log.seen) seen.set(key, (seen.get(key) ?? 0) + times);
    tell?.(`${sent} sent, ${faults.length} faults`);
  };
  const ofStrangers = Math.floor(count * STRANGERS);
  await lookForRejections();
  const before = await server.stored();
  for (let left = ofStrangers; left > 0 && faults.length < MOST_FAULTS; left -= CHUNK) {
    await chunk("stranger", Math.min(CHUNK, left));
  }
  const after = await server.stored();
  for (const what of leftBehind(before, after)) fault(`strangers left behind ${what}`);
  for (let left = count - ofStrangers; left > 0 && faults.length < MOST_FAULTS; left -= HOLDERS_CHUNK) {
    await chunk("holder", Math.min(HOLDERS_CHUNK, left));
    secrets = await logIn();
  }
  await lookForRejections();
  return { sent, faults, seen, stored: [before, after] };
}

/** Ways of failing of which the log would not tell. */
async function unseenRejections(server: Server): Promise<string[]> {
  await server.makeRejections();
  await settled();
  return untold(judgeLog(server.takeLog(), {}).faults);
}

async function answered(server: Server, request: HostileRequest, secrets: Secrets): Promise<string[]> {
  try {
    return faultsOf(request, await send(server.port, request, secrets), secrets);
  } catch (error) {
    return [String(error)];
  }
}

async function inParallel<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const waiting = items[Symbol.iterator]();
  const worker = async (): Promise<void> => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}

/** Log lines come by another way than answers. */
function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100));
}
