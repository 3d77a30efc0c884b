/** The Go command line client, in homes of its own. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import { Program, realClient } from "../programs.ts";
import { issuer, newHome, providerIssuer } from "../server.ts";

export const CLIENT = realClient({
  what: "mytoken command line client",
  variable: "MYTOKEN_CLI",
  name: "mytoken",
  args: ["--version"],
  version: /^mytoken version (\S+)/m,
});

/** The command line client of somebody: a home and a configuration. */
export class Box {
  readonly #home: string;

  /** `name` becomes the prefix of the names of tokens. */
  constructor(name = "box") {
    this.#home = newHome(name);
    const configuration = {
      instance: issuer(),
      token_name_prefix: name,
      use_wlcg_token_discovery: false,
      default_provider: "embedded",
      providers: { embedded: providerIssuer() },
    };
    // JSON is YAML.
    writeFileSync(this.path("config.yaml"), JSON.stringify(configuration));
  }

  path(name: string): string {
    return join(this.#home, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), "utf8").trim();
  }

  /** Puts a mytoken where `--MT-file` finds it; the options that pass it. */
  keep(mytoken: string, name = "token"): string[] {
    writeFileSync(this.path(name), mytoken);
    return ["--MT-file", this.path(name)];
  }

  start(...args: string[]): Program {
    if (CLIENT === null) throw new Error("there is no client");
    const env = { PATH: process.env["PATH"] ?? "", HOME: this.#home, NO_COLOR: "1" };
    return new Program(CLIENT.path, ["--config", this.path("config.yaml"), ...args], env);
  }

  /** What it prints; it must succeed and complain of nothing. */
  async prints(...args: string[]): Promise<string> {
    const { status, output, errors } = await this.start(...args).outcome();
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    return output.trim();
  }

  /** What it says why it fails; it must fail and print nothing. */
  async fails(...args: string[]): Promise<string> {
    const { status, output, errors } = await this.start(...args).outcome();
    expect({ status, output }).toEqual({ status: 1, output: "" });
    return errors.trim();
  }

  async printsJson(...args: string[]): Promise<Record<string, unknown>> {
    return JSON.parse(await this.prints(...args)) as Record<string, unknown>;
  }

  /** The rows of the table that it prints, without the head. */
  async printsTable(...args: string[]): Promise<string[][]> {
    const lines = (await this.prints(...args)).split("\n").filter((line) => line.startsWith("│"));
    const rows = lines.map((line) => line.split("│").slice(1, -1));
    return rows.slice(1).map((cells) => cells.map((cell) => cell.trim()));
  }
}
