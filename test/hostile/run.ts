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
  /** Sends the requests of this chunk alone, and none of the others. */
  readonly onlyChunk?: number;
  readonly tell?: (progress: string) => void;
}

export interface Fault {
  readonly text: string;
  /** Of the run, from 0; `null`: of the run as a whole. */
  readonly chunk: number | null;
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

export async function run(server: Server, { requests: count, seed, onlyChunk, tell }: Plan): Promise<Report> {
  const faults: Fault[] = [];
  const seen = new Map<string, number>();
  let sent = 0;
  const fault = (text: string) => faults.push({ text, chunk: null, request: null });
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

  const sendChunk = async ({ chunk, sender, size, seed: chunkSeed }: Chunk): Promise<void> => {
    const issuers = Object.values(server.providers);
    const generated = fc.sample(requests(sender, issuers), { numRuns: size, seed: chunkSeed });
    await inParallel(generated, async (request) => {
      const found = await answered(server, request, secrets);
      faults.push(...found.map((text) => ({ text, chunk, request })));
    });
    sent += size;
    await settled();
    const log = judgeLog(server.takeLog(), secrets);
    faults.push(...log.faults.map((text) => ({ text, chunk, request: null })));
    for (const [key, times] of log.seen) seen.set(key, (seen.get(key) ?? 0) + times);
    tell?.(`${sent} sent, ${faults.length} faults`);
  };
  const chunks = chunksOf(count, seed).filter(({ chunk }) => onlyChunk === undefined || chunk === onlyChunk);
  await lookForRejections();
  const before = await server.stored();
  for (const one of chunks.filter(({ sender }) => sender === "stranger")) {
    if (faults.length < MOST_FAULTS) await sendChunk(one);
  }
  const after = await server.stored();
  for (const what of leftBehind(before, after)) fault(`strangers left behind ${what}`);
  for (const one of chunks.filter(({ sender }) => sender === "holder")) {
    if (faults.length >= MOST_FAULTS) break;
    await sendChunk(one);
    secrets = await logIn();
  }
  await lookForRejections();
  return { sent, faults, seen, stored: [before, after] };
}

/** Requests that are generated together. */
interface Chunk {
  /** From 0. */
  readonly chunk: number;
  readonly sender: Sender;
  readonly size: number;
  readonly seed: number;
}

/** Those of strangers first. The seed of each is that of the run and what is sent before it, whether it is sent or not. */
export function chunksOf(count: number, seed: number): readonly Chunk[] {
  const ofStrangers = Math.floor(count * STRANGERS);
  const chunks: Chunk[] = [];
  let before = 0;
  const add = (sender: Sender, until: number, most: number): void => {
    while (before < until) {
      const size = Math.min(most, until - before);
      chunks.push({ chunk: chunks.length, sender, size, seed: seed + before });
      before += size;
    }
  };
  add("stranger", ofStrangers, CHUNK);
  add("holder", count, HOLDERS_CHUNK);
  return chunks;
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
