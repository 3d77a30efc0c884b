/** What goes wrong while histories run: at the provider, in objects, and with the server as a whole. */
import { type History, sleep } from "./history.ts";
import type { Action } from "./operations.ts";
import type { Random } from "./random.ts";
import type { Outage, World } from "./world.ts";

const HTML = "<!doctype html><h1>out of order</h1>";

/** Members of a step (test/fixtures/fake/steps.mjs). */
type Step = Readonly<Record<string, unknown>>;

/** The next call of a refresh. Those with `commit` come after the provider rotated; only 200 and 201 bring its token. */
const ANYWHERE: readonly Step[] = [
  { delay: 300 },
  { delay: 1500 },
  { hang: true },
  { cut: true },
  { answer: { status: 503, body: HTML } },
  { answer: { status: 500, body: { error: "server_error" } } },
  { answer: { status: 200, body: "no JSON", type: "application/json" } },
  { answer: { status: 400, body: { error: "invalid_grant" } } },
  { answer: { status: 400, body: { error: "temporarily_unavailable" } } },
  { change: { expires_in: null } },
  { change: { token_type: "weird" } },
  { drop: ["access_token"] },
  { idToken: "other_subject" },
  { type: "text/html" },
  { status: 201 },
];

/** Not where the provider is configured never to rotate: it does what it says. */
const ROTATING: readonly Step[] = [
  { rotate: true },
  { rotate: true, delay: 1500 },
  { commit: true, delay: 1500 },
  { rotate: true, drop: ["access_token"] },
  { rotate: true, change: { token_type: "weird" } },
  { rotate: true, idToken: "other_subject" },
  { rotate: true, idToken: "garbage" },
  { rotate: true, type: "text/html" },
];

/** The answer, and with it a new refresh token, is lost on the way. Rare: the login is over then. */
const LOSING: readonly Step[] = [
  { commit: true, cut: true },
  { commit: true, hang: true },
  { commit: true, answer: { status: 502, body: HTML } },
  { commit: true, answer: { status: 203, body: HTML } },
  { half: true },
  { stall: true },
];

export const breakProvider: Action = async (history, random) => {
  const family = random.pick(history.families);
  const kind = random.weighted({ anywhere: 6, rotating: 5, losing: 1 });
  const steps = kind === "anywhere" || family.trait === "never" ? ANYWHERE : kind === "rotating" ? ROTATING : LOSING;
  // Whoever logs in as somebody else is that person for good: only a refresh can tell of another one.
  const isIn = history.tokens.some((token) => token.family === family);
  const fitting = isIn ? steps : steps.filter((step) => step.idToken !== "other_subject");
  await history.script(
    family,
    Array.from({ length: random.integer(1, 2) }, () => random.pick(fitting)),
  );
};

export const breakObject: Action = async (history, random) => {
  if (history.tokens.length === 0) return;
  const token = random.pick(history.tokens);
  await history.reset(random.pick(["mytoken", "mytoken", "grant"]), token.family, token.momId);
};

/** What happens to the server during a round, drawn before it begins. */
export interface Disaster {
  readonly at: number;
  readonly kind: "kill" | "directory" | "codes" | "clock";
  /** Milliseconds it lasts, where it does; of a clock, seconds that it jumps. */
  readonly size: number;
  readonly how: Outage["how"];
}

export function drawDisasters(random: Random, milliseconds: number): readonly Disaster[] {
  const draw = (kind: Disaster["kind"], most: number, size: () => number): Disaster[] =>
    Array.from({ length: random.integer(0, most) }, () => ({
      at: random.integer(300, milliseconds),
      kind,
      size: size(),
      how: random.pick(["fail", "hang", "lose"]),
    }));
  const disasters = [
    ...draw("kill", 2, () => 0),
    ...draw("directory", 2, () => random.integer(200, 2500)),
    ...draw("codes", 2, () => random.integer(200, 1500)),
    ...draw("clock", 2, () => random.integer(1, 4)),
  ];
  return disasters.sort((one, other) => one.at - other.at);
}

/** Lets them happen, each at its time; then the server is well again. */
export async function runDisasters(world: World, disasters: readonly Disaster[], milliseconds: number): Promise<void> {
  const start = Date.now();
  const until = (at: number) => sleep(Math.max(0, start + at - Date.now()));
  const one = async ({ at, kind, size, how }: Disaster): Promise<void> => {
    await until(at);
    if (kind === "kill") return;
    if (kind === "clock") {
      await world.setClock(size);
      await until(at + 1500);
      return world.setClock(0);
    }
    const outage = await world.beginOutage(kind, how);
    await sleep(size);
    if (outage !== null) await world.endOutage(outage);
  };
  const kills = async (): Promise<void> => {
    for (const { at, kind } of disasters) {
      if (kind !== "kill") continue;
      await until(at);
      await world.killAndRestart();
    }
  };
  await Promise.all([kills(), until(milliseconds), ...disasters.map(one)]);
  await world.setClock(0);
  await world.control("setFaults", { directory: null, codes: null });
}

/** Everything that an actor may do, its own faults included, until the time is over. */
export async function act(
  history: History,
  random: Random,
  until: number,
  actions: Readonly<Record<string, Action>>,
  weights: Readonly<Record<string, number>>,
): Promise<void> {
  while (Date.now() < until) {
    await actions[random.weighted(weights)]!(history, random);
    await sleep(random.integer(0, 60));
  }
}
