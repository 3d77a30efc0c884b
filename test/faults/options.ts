/** The options of `npm run test:faults`, and the command that makes one round again. */
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { type Plant, PLANTS } from "./plants.ts";

/** Histories that share a server. */
export const AT_ONCE = 25;

/** What makes a round, beside its seed. */
export interface Kind {
  /** For which a history acts. The seed draws the disasters in this time, so that it is another round with another. */
  readonly milliseconds: number;
  readonly isPatient: boolean;
  readonly plant: Plant | null;
}

export interface Options extends Kind {
  readonly seed: number;
  readonly histories: number;
}

export function optionsIn(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      histories: { type: "string" },
      seed: { type: "string" },
      milliseconds: { type: "string", default: "5000" },
      plant: { type: "string" },
      patient: { type: "boolean", default: false },
    },
  });
  return {
    seed: values.seed === undefined ? randomInt(1, 2 ** 31) : countIn("seed", values.seed),
    histories: countIn("histories", values.histories ?? (values.seed === undefined ? "120" : String(AT_ONCE))),
    milliseconds: countIn("milliseconds", values.milliseconds),
    isPatient: values.patient,
    plant: values.plant === undefined ? null : plantIn(values.plant),
  };
}

/** The command for a round of its own. */
export function commandFor({ seed, histories, milliseconds, isPatient, plant }: Options): string {
  const command = `npm run test:faults -- --seed ${seed} --histories ${histories} --milliseconds ${milliseconds}`;
  return `${command}${isPatient ? " --patient" : ""}${plant === null ? "" : ` --plant ${plant}`}`;
}

function countIn(name: string, text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) throw new Error(`--${name} is no whole number from 1 on: ${text}`);
  return count;
}

function plantIn(name: string): Plant {
  if (!Object.hasOwn(PLANTS, name)) throw new Error(`no such plant; there are ${Object.keys(PLANTS).join(", ")}`);
  return name as Plant;
}
