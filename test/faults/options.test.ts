/** The command that a failing round prints makes that round again. */
import { expect, it } from "vitest";
import { commandFor, type Options, optionsIn } from "./options.ts";
import { roundsOf } from "./rounds.ts";

const OPTIONS: Options = { seed: 7, histories: 60, milliseconds: 10, isPatient: true, plant: "count-after" };

function argumentsOf(command: string): string[] {
  return command.replace("npm run test:faults -- ", "").split(" ");
}

it("holds all options", () => {
  expect(optionsIn(argumentsOf(commandFor(OPTIONS)))).toEqual(OPTIONS);
  const plain = { ...OPTIONS, isPatient: false, plant: null };
  expect(optionsIn(argumentsOf(commandFor(plain)))).toEqual(plain);
});

it("is told of each round, and of one that ends in an exception", { timeout: 60_000 }, async () => {
  const rounds = [...roundsOf(OPTIONS, { folder: "/nowhere/faults", modules: "/nowhere/modules" })];
  expect(rounds.map(({ command }) => optionsIn(argumentsOf(command)))).toEqual([
    { ...OPTIONS, seed: 7, histories: 25 },
    { ...OPTIONS, seed: 8, histories: 25 },
    { ...OPTIONS, seed: 9, histories: 10 },
  ]);
  await expect(rounds[2]!.run()).rejects.toThrow(rounds[2]!.command);
});

it("refuses what is no number and no plant", () => {
  expect(() => optionsIn(["--seed", "x"])).toThrow("--seed");
  expect(() => optionsIn(["--histories", "0"])).toThrow("--histories");
  expect(() => optionsIn(["--milliseconds", "1.5"])).toThrow("--milliseconds");
  expect(() => optionsIn(["--plant", "toString"])).toThrow("no such plant");
});
