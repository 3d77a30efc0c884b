/** Commands of wrangler as a document has them, against the definitions from which the installed wrangler makes its help. */
import { experimental_getWranglerCommands } from "wrangler";

/** A command or a group of commands; `command` is `wrangler d1 create`. */
interface Known {
  readonly subtree: ReadonlyMap<string, Known>;
  readonly definition?: { readonly args?: Options; readonly positionalArgs?: readonly string[] };
}

type Options = Readonly<Record<string, Option>>;

interface Option {
  readonly type?: string;
  readonly choices?: readonly unknown[];
  readonly demandOption?: boolean;
  /** Options that went, and are still understood to say so. */
  readonly hidden?: boolean;
  readonly deprecated?: boolean;
}

const { registry, globalFlags } = experimental_getWranglerCommands() as unknown as {
  registry: Known;
  globalFlags: Options;
};

/** What is wrong with `wrangler …`, as it would be typed. `more`: an option that the document adds to it elsewhere. */
export function faultsOfCommand(typed: string, more = ""): string[] {
  const [, ...tokens] = `${typed} ${more}`.match(/"[^"]*"|\S+/g) ?? [];
  let known = registry;
  while (known.subtree.has(tokens[0] ?? "")) known = known.subtree.get(tokens.shift() ?? "") ?? known;
  const { args, positionalArgs = [] } = known.definition ?? {};
  if (!args) return ["no such command"];
  const faults: string[] = [];
  let words = 0;
  while (tokens.length > 0) {
    const token = tokens.shift() ?? "";
    if (!token.startsWith("-")) {
      words++;
      continue;
    }
    const option = optionsOf(args, positionalArgs).get(token);
    if (!option) faults.push(`no option ${token}`);
    if (!option || option.type === "boolean") continue;
    const value = tokens.shift()?.replaceAll('"', "");
    if (value === undefined) faults.push(`${token} of what?`);
    else if (option.choices?.includes(value) === false) faults.push(`${token} cannot be ${value}`);
  }
  if (words > positionalArgs.length) faults.push("too many words");
  if (words < positionalArgs.filter((name) => args[name]?.demandOption).length) faults.push("something is missing");
  return faults;
}

/** The options that a help shows, by `--name` or `-n`. */
function optionsOf(args: Options, positionalArgs: readonly string[]): ReadonlyMap<string, Option> {
  const shown = Object.entries({ ...globalFlags, ...args }).filter(
    ([name, { hidden, deprecated }]) => !hidden && !deprecated && !positionalArgs.includes(name),
  );
  return new Map(shown.map(([name, option]) => [`${name.length === 1 ? "-" : "--"}${name}`, option]));
}

/** The options of a command, for comparison with what its help prints. */
export function optionsShown(command: string): readonly string[] {
  const { args = {}, positionalArgs = [] } = registry.subtree.get(command)?.definition ?? {};
  return [...optionsOf(args, positionalArgs).keys()];
}
