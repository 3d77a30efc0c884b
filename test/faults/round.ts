/** A round: one server on one disk, histories side by side, disasters for all of them, and the verdict. */
import { check } from "./check/check.ts";
import type { Finding } from "./check/rule.ts";
import { calm, close } from "./closing.ts";
import { filesWith, type Leftover, leftovers } from "./disk.ts";
import { act, breakObject, breakProvider, drawDisasters, runDisasters } from "./faults.ts";
import { secretsOf } from "./given-out.ts";
import { History, sleep } from "./history.ts";
import { login } from "./login.ts";
import { type Family, targetOf } from "./model.ts";
import { ACTIONS, WEIGHTS } from "./operations.ts";
import { Random } from "./random.ts";
import { isLost, mayBeCollected, mayLiveOnBelow } from "./unheld.ts";
import { World } from "./world.ts";

export interface RoundOptions {
  readonly seed: number;
  readonly histories: number;
  /** For the disk and the log of the server. */
  readonly folder: string;
  /** The bundled Worker. */
  readonly modules: string;
  /** During which the actors act. */
  readonly milliseconds: number;
  /** Waits for logins that crashed in their exchange as well: over a minute. */
  readonly isPatient: boolean;
}

export interface RoundResult {
  readonly seed: number;
  readonly findings: readonly Finding[];
  readonly figures: Figures;
}

export interface Figures {
  histories: number;
  logins: number;
  tokens: number;
  /** Roots that were asked to end while faults went on. */
  endedRoots: number;
  calls: number;
  ok: number;
  refused: number;
  unknown: number;
  kills: number;
  outages: number;
  resets: number;
  /** Events of tokens that were compared with their calls. */
  comparedHistories: number;
}

const ACTORS = 3;
const LOGIN_TRIES = 5;
const SETTLE_MILLISECONDS = 40_000;
const PATIENT_MILLISECONDS = 110_000;
const ALL_ACTIONS = { ...ACTIONS, breakProvider, breakObject };
const ALL_WEIGHTS = { ...WEIGHTS, breakProvider: 7, breakObject: 2 };

export async function runRound(options: RoundOptions): Promise<RoundResult> {
  const { seed, milliseconds, isPatient } = options;
  const random = new Random(seed);
  const world = await World.start(options.folder, options.modules);
  try {
    const histories = Array.from({ length: options.histories }, () => {
      return { history: new History(world, random.integer(1, 2 ** 32 - 1)), random: random.fork() };
    });
    await Promise.all(histories.map(({ history, random }) => begin(history, random)));
    const until = Date.now() + milliseconds;
    const actors = histories.flatMap(({ history, random }) =>
      Array.from({ length: ACTORS }, () => act(history, random.fork(), until, ALL_ACTIONS, ALL_WEIGHTS)),
    );
    await Promise.all([runDisasters(world, drawDisasters(random, milliseconds), milliseconds), ...actors]);
    await calm(histories.map(({ history }) => history));
    await Promise.all(histories.map(({ history, random }) => close(history, random)));
    const recorded = histories.map(({ history }) => history);
    await settle(world, recorded, isPatient);
    for (const history of recorded) {
      for (const family of history.families) {
        history.logins.push({ family, provider: await history.providerLog(family) });
      }
    }
    await world.killServer();
    const record = {
      histories: recorded,
      kills: world.kills,
      outages: world.outages,
      leftovers: leftovers(world.storage, new Set()),
      isPatient,
      exposed: filesWith(world.storage, secretsOf(recorded)),
    };
    return { seed, findings: check(record), figures: figuresOf(recorded, world) };
  } finally {
    await world.stop();
  }
}

/** The logins of a history, before anything goes wrong. Of two, one may end while the other goes on. */
async function begin(history: History, random: Random): Promise<void> {
  const wanted = random.chance(0.3) ? 2 : 1;
  for (let tries = 0; tries < LOGIN_TRIES; tries++) {
    if (history.tokens.length === wanted) return;
    await login(history, random, false);
  }
  if (history.tokens.length < wanted) throw new Error(`history ${history.seed} cannot log in`);
}

/** Waits until everything that ended is gone, or the time for it is over. */
async function settle(world: World, histories: readonly History[], isPatient: boolean): Promise<void> {
  const deadline = Date.now() + (isPatient ? PATIENT_MILLISECONDS : SETTLE_MILLISECONDS);
  const stays = (history: History, family: Family) =>
    mayLiveOnBelow(history, family) || (isLost(history, family) && (!isPatient || mayBeCollected(history, family)));
  const staying = new Set(
    histories.flatMap((history) =>
      history.families.filter((family) => stays(history, family)).flatMap(({ user, flowId }) => [user, flowId ?? user]),
    ),
  );
  const clean = new Set<string>();
  const counts = ({ user, flowId }: Leftover) => !staying.has(user ?? "") && !staying.has(flowId ?? "");
  while (Date.now() < deadline) {
    await sleep(1500);
    await world.control("daily");
    if (!leftovers(world.storage, clean).some(counts)) return;
  }
}

function figuresOf(histories: readonly History[], world: World): Figures {
  const calls = histories.flatMap((history) => history.calls);
  const outcomes = (wanted: string) => calls.filter(({ outcome }) => outcome === wanted).length;
  const sum = (count: (history: History) => number) => histories.reduce((total, history) => total + count(history), 0);
  return {
    histories: histories.length,
    logins: sum(({ families }) => families.length),
    tokens: sum(({ tokens }) => tokens.length),
    endedRoots: sum(endedRootsOf),
    calls: calls.length,
    ok: outcomes("ok"),
    refused: outcomes("refused"),
    unknown: outcomes("unknown"),
    kills: world.kills.length,
    outages: world.outages.length,
    resets: sum(({ resets }) => resets.length),
    comparedHistories: sum(({ told }) => told.length),
  };
}

function endedRootsOf({ calls }: History): number {
  const targets = calls.filter(({ isCalm }) => !isCalm).map(targetOf);
  return new Set(targets.filter((target) => target?.parent === null)).size;
}
