/** Real clients on this machine. What is not there is said, never passed over in silence. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { accessSync, constants, writeSync } from "node:fs";
import { delimiter, join } from "node:path";
import { once } from "node:events";

const LONGEST_MILLISECONDS = 60_000;
const VERSION_MILLISECONDS = 15_000;
const STDERR = 2;

export interface Outcome {
  readonly status: number | null;
  readonly output: string;
  readonly errors: string;
}

/** A client's process, which ends within its time, or with `endPrograms`. */
export class Program {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = "";
  #errors = "";

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const options = { env, timeout: LONGEST_MILLISECONDS, killSignal: "SIGKILL" as const };
    this.#child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    this.#ended = once(this.#child, "close");
    this.#child.stdout?.on("data", (chunk: Buffer) => {
      this.#output += chunk.toString();
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    started.add(this);
  }

  /** What it has written to stderr. */
  get errors(): string {
    return this.#errors;
  }

  async outcome(): Promise<Outcome> {
    await this.#ended;
    started.delete(this);
    return { status: this.#child.exitCode, output: this.#output, errors: this.#errors };
  }

  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#ended;
  }
}

const started = new Set<Program>();

/** For `afterAll`. */
export async function endPrograms(): Promise<void> {
  await Promise.all([...started].map((program) => program.kill()));
}

export interface RealClient {
  readonly path: string;
  readonly version: string;
}

export interface Search {
  /** What it is called in what is said. */
  readonly what: string;
  /** The variable that names it, if it is not on PATH. */
  readonly variable: string;
  readonly name: string;
  /** Arguments that make it say its version, which `version` finds. */
  readonly args: readonly string[];
  readonly version: RegExp;
}

/** The client, or `null` if there is none; says which. One that is named and does not run is a fault. */
export function realClient({ what, variable, name, args, version }: Search): RealClient | null {
  const named = process.env[variable];
  const path = named || onPath(name);
  const found = path === null ? null : versionOf(path, args, version);
  if (named && found === null) throw new Error(`${variable}=${named} is no ${what}`);
  say(
    found === null
      ? `interop: no ${what} here (\`${name}\` on PATH or ${variable}): what needs it is SKIPPED`
      : `interop: with ${what} ${found} (${path})`,
  );
  return path === null || found === null ? null : { path, version: found };
}

function versionOf(path: string, args: readonly string[], version: RegExp): string | null {
  const { stdout } = spawnSync(path, args, { encoding: "utf8", timeout: VERSION_MILLISECONDS });
  return version.exec(stdout ?? "")?.[1] ?? null;
}

function onPath(name: string): string | null {
  const places = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return places.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Past vitest, which keeps the output of tests that passed to itself. */
function say(line: string): void {
  writeSync(STDERR, `${line}\n`);
}
