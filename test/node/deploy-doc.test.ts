/** docs/DEPLOY.md: its secrets are what the Worker wants, and the files and commands that it names exist. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { faultsOfCommand, optionsShown } from "./wrangler-commands.ts";

const ROOT = join(import.meta.dirname, "../..");
/** What it imports knows types of Workers, which are not Node's. */
const PARSER: string = "../../src/config/parse.ts";
const page = readFileSync(join(ROOT, "docs/DEPLOY.md"), "utf8");

it("is done in ten steps", () => {
  const steps = page.split("\n## ").find((section) => section.startsWith("Ten steps")) ?? "";
  expect([...steps.matchAll(/^\d+\. \*\*/gm)]).toHaveLength(10);
});

interface Parser {
  parseConfig(settings: object): { readonly providers: readonly { readonly client_secret: string }[] };
}

it("makes secrets that the Worker takes", async () => {
  const parser = (await import(PARSER)) as Parser;
  const script = /node -e '\n(.+?)' > /s.exec(page)?.[1] ?? "";
  const made = execFileSync(process.execPath, ["-e", script], { encoding: "utf8" });
  const secrets = JSON.parse(made) as Record<string, string>;
  expect(Object.keys(secrets)).toEqual(["SIGNING_KEYS", "PEPPER", "PROVIDER_SECRETS"]);
  const providers = /PROVIDERS = '''(.+?)'''/s.exec(page)?.[1] ?? "";
  const issuer = /ISSUER = "(.+?)"/.exec(page)?.[1];
  const config = parser.parseConfig({ ISSUER: issuer, PROVIDERS: providers, ...secrets });
  expect(config).toMatchObject({ issuer: "https://mytoken.example.org", deployed: true, warnings: [] });
  expect(config.providers[0]?.client_secret).toBe("its client secret");
});

it("names files that exist", () => {
  const files = [...page.matchAll(/`((?:test|src|migrations)\/[\w./*-]+)`/g)].map(([, path = ""]) => path);
  expect(files.length).toBeGreaterThan(3);
  expect(files.filter((path) => !path.includes("*") && !existsSync(join(ROOT, path)))).toEqual([]);
});

it("says how long a rebuilding takes at the pace of the code", () => {
  const pace = Number(/LINES_AT_ONCE = ([\d_]+)/.exec(readFileSync(join(ROOT, "src/rebuild.ts"), "utf8"))?.[1]);
  const days = 10_000_000 / pace / 60 / 24;
  expect(page).toContain(`works off ${pace} lines`);
  expect(page).toContain(`**ten million take ${Math.round(days)} days**`);
});

/** `wrangler …` with all that stands behind it, in a line of code of its own or within a text. */
function commandsIn(text: string): string[] {
  return [...text.matchAll(/(?:^ *|`)npx (wrangler [^\n`]+)/gm)].map(([, command = ""]) => command.trim());
}

it.each([...new Set(commandsIn(page))])("%s is a command with those options", (command) => {
  expect(faultsOfCommand(command)).toEqual([]);
});

interface Named {
  readonly option: string;
  /** The commands of the same step or section. */
  readonly beside: readonly string[];
  /** A step means all of its commands by one option. */
  readonly isStep: boolean;
}

/** Options that are named in a text, apart from a command. */
function optionsIn(text: string): Named[] {
  return text.split(/\n(?=\d+\. |## )/).flatMap((place) =>
    [...place.matchAll(/`(--[^`]+)`/g)].map(([, option = ""]) => {
      return { option, beside: commandsIn(place), isStep: /^\d/.test(place) };
    }),
  );
}

/** What is wrong with a named option at the commands that it can be meant for. */
function faultsOfOption({ option, beside, isStep }: Named): string[] {
  const [name = ""] = option.split(" ");
  const faultsAt = (command: string) =>
    faultsOfCommand(command, option).filter((fault) => fault !== `${name} of what?`);
  const knows = (command: string) => !faultsAt(command).includes(`no option ${name}`);
  const near = beside.filter(knows);
  const meant = near.length === 0 ? commandsIn(page).filter(knows) : isStep ? beside : near;
  return meant.length === 0 ? [`no command has ${name}`] : meant.flatMap(faultsAt);
}

it.each(optionsIn(page))("$option is an option of what it stands beside, or of another command here", (named) => {
  expect(faultsOfOption(named)).toEqual([]);
});

describe("the check of commands", () => {
  it.each([
    ["wrangler deploy --dry-run --no-such-option", "no option --no-such-option"],
    ["wrangler deploy --durable-objects-code-update", "no option --durable-objects-code-update"],
    ["wrangler deploy --secrets-file", "--secrets-file of what?"],
    ["wrangler d1 create a --remote", "no option --remote"],
    ["wrangler d1 create a --jurisdiction mars", "--jurisdiction cannot be mars"],
    ["wrangler d1 create", "something is missing"],
    ["wrangler d1 make a", "no such command"],
    ["wrangler whoami you", "too many words"],
    ["wrangler dploy", "no such command"],
  ])("finds what is wrong with %s", (command, fault) => {
    expect(faultsOfCommand(command)).toContain(fault);
  });

  it.each([
    ["1. Add `--jurisdiction mars`: `npx wrangler d1 create a`", "--jurisdiction cannot be mars"],
    ["1. `--jurisdiction eu`: `npx wrangler d1 create a`, `npx wrangler whoami`", "no option --jurisdiction"],
    ["## Gently\n`--defer 30s`", "no command has --defer"],
  ])("finds what is wrong with an option in: %s", (text, fault) => {
    expect(optionsIn(text).flatMap(faultsOfOption)).toContain(fault);
  });

  it("finds the options of the page", () => {
    expect(optionsIn(page).length).toBeGreaterThan(3);
  });

  it("knows the options that the help prints", { timeout: 60_000 }, () => {
    const wrangler = join(ROOT, "node_modules/wrangler/bin/wrangler.js");
    const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_WRITE_LOGS: "false" };
    const help = execFileSync(process.execPath, [wrangler, "deploy", "--help"], { env, encoding: "utf8" });
    const printed = [...help.matchAll(/^ +((?:--?[\w-]+, +)*--[\w-]+) /gm)].flatMap(([, names = ""]) =>
      names.split(/, +/),
    );
    expect(optionsShown("deploy").filter((option) => !printed.includes(option))).toEqual([]);
    expect(printed.length).toBeGreaterThan(20);
  });

  it("reads commands in code and in texts", () => {
    expect(commandsIn("a `npx wrangler rollback`.\n   npx wrangler d1 create x --y\nno npx wrangler here")).toEqual([
      "wrangler rollback",
      "wrangler d1 create x --y",
    ]);
  });
});
