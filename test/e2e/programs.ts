/** Scripts of this project, run as somebody would run them. */
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export const ROOT = join(import.meta.dirname, "../..");

/** Inherited by everything that a program starts, whatever becomes of its parents. */
const MARK = "MYTOKEN_E2E_PROGRAM";

const started: Program[] = [];

export class Program {
  readonly #mark = randomUUID();
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = "";

  constructor(command: string, args: readonly string[]) {
    // What vitest tells its workers is not meant for them.
    const own = Object.entries(process.env).filter(([name]) => !/^VITEST|^NODE_ENV$/.test(name));
    const env = { ...Object.fromEntries(own), [MARK]: this.#mark };
    this.#child = spawn(command, args, { cwd: ROOT, env, stdio: "pipe" });
    this.#ended = once(this.#child, "exit");
    const keep = (chunk: Buffer): void => {
      this.#output += chunk.toString();
    };
    this.#child.stdout?.on("data", keep);
    this.#child.stderr?.on("data", keep);
    started.push(this);
  }

  /** All that it has written. */
  get output(): string {
    return this.#output;
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** The first match in what it writes. */
  async says(pattern: RegExp): Promise<RegExpExecArray> {
    for (;;) {
      const match = pattern.exec(this.#output);
      if (match) return match;
      if (this.#child.exitCode !== null) throw new Error(`it ended without ${pattern}:\n${this.#output}`);
      await delay(50);
    }
  }

  /** Its exit status, once it has ended. */
  async status(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Ids of what it has started and is still there, itself included (Linux only: others do not show it). */
  leftovers(): number[] {
    if (process.platform !== "linux") return [];
    const ids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
    return ids.filter((id) => environmentOf(id).includes(`${MARK}=${this.#mark}`)).map(Number);
  }

  /** Ends it and all that it has started. */
  async end(): Promise<void> {
    if (this.#child.exitCode === null) this.signal("SIGTERM");
    await this.#ended;
    for (const id of this.leftovers()) process.kill(id, "SIGKILL");
  }
}

function environmentOf(id: string): string {
  try {
    return readFileSync(`/proc/${id}/environ`, "utf8");
  } catch {
    // It has ended meanwhile, or belongs to somebody else.
    return "";
  }
}

/** Starts one of `scripts/`. */
export function runScript(name: string, ...args: string[]): Program {
  return new Program(process.execPath, [join(ROOT, "scripts", name), ...args]);
}

/** For `afterAll`: nothing that was started here stays. */
export async function endPrograms(): Promise<void> {
  await Promise.all(started.splice(0).map((program) => program.end()));
}
