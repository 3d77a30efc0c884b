/**
 * The placeholders of one chain: the first time one is seen in an answer it takes the value there, from then on it
 * stands for that value (test/golden/README.md §2).
 */
import type { Json } from "./recording.ts";
import { ChainClock } from "./times.ts";

const PLACEHOLDER = /\{\{([^{}]+)\}\}/g;
const WHOLE_TIME = /^\{\{(t0|now)([+-]\d+)?\}\}$/;
/** What stands for anything at all. */
const WILD: Readonly<Record<string, string>> = { any: "[\\s\\S]*?", kid: "[\\s\\S]*?", icstime: "\\d{8}T\\d{6}Z" };

/** A placeholder has no value: the step that should have given it did not. */
export class Unbound extends Error {
  readonly placeholder: string;
  constructor(placeholder: string) {
    super(`no value for {{${placeholder}}}`);
    this.placeholder = placeholder;
  }
}

export class Bindings {
  readonly clock: ChainClock;
  #values: Map<string, string>;

  /** `fixed`: the addresses, by name. */
  constructor(fixed: Readonly<Record<string, string>>, clock = new ChainClock()) {
    this.#values = new Map(Object.entries(fixed));
    this.clock = clock;
  }

  /** A copy for trying something. */
  fork(): Bindings {
    return new Bindings(Object.fromEntries(this.#values), this.clock);
  }

  adopt(tried: Bindings): void {
    this.#values = new Map(tried.#values);
  }

  set(placeholder: string, value: string): void {
    this.#values.set(nameIn(placeholder), value);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** The placeholder will take another value. */
  forget(placeholder: string): void {
    this.#values.delete(nameIn(placeholder));
  }

  /** The value of a text that is only a placeholder. */
  get(placeholder: string): string {
    return this.fillText(placeholder);
  }

  fillText(template: string): string {
    return template.replaceAll(PLACEHOLDER, (_, name: string) => {
      const value = this.#valueOf(name);
      if (value === undefined) throw new Unbound(name);
      return value;
    });
  }

  /** A request with everything filled in. */
  fill<Value extends Json>(template: Value): Value {
    return this.#fill(template) as Value;
  }

  /** Whether a text is what the pattern says. Placeholders that are new take their values from it. */
  matches(pattern: string, actual: string): boolean {
    const names: string[] = [];
    let source = "";
    let from = 0;
    for (const found of pattern.matchAll(PLACEHOLDER)) {
      source += escaped(pattern.slice(from, found.index)) + this.#sourceFor(found[1]!, names);
      from = found.index + found[0].length;
    }
    const match = new RegExp(`^${source}${escaped(pattern.slice(from))}$`).exec(actual);
    if (!match) return false;
    names.forEach((name, index) => this.#take(name, match[index + 1]!));
    return true;
  }

  #sourceFor(name: string, names: string[]): string {
    const wild = WILD[name];
    if (wild !== undefined) return wild;
    const value = this.#valueOf(name);
    if (value !== undefined) return escaped(value);
    if (names.includes(name)) return `\\${names.indexOf(name) + 1}`;
    names.push(name);
    return /^(?:jwt|at)/.test(name) ? "([\\w.+/=-]+?)" : "([^\\s&\"',;<>?]+?)";
  }

  #take(name: string, value: string): void {
    this.#values.set(name.replace("|url", ""), name.endsWith("|url") ? decodeURIComponent(value) : value);
  }

  #valueOf(name: string): string | undefined {
    const value = this.#values.get(name.replace("|url", ""));
    return value !== undefined && name.endsWith("|url") ? encodeURIComponent(value) : value;
  }

  #fill(template: Json): Json {
    if (typeof template === "string") {
      const [, base, offset = "0"] = WHOLE_TIME.exec(template) ?? [];
      if (base === undefined) return this.fillText(template);
      return base === "t0" ? this.clock.at(Number(offset)) : Math.floor(Date.now() / 1000) + Number(offset);
    }
    if (Array.isArray(template)) return template.map((item) => this.#fill(item));
    if (template === null || typeof template !== "object") return template;
    return Object.fromEntries(Object.entries(template).map(([key, value]) => [this.fillText(key), this.#fill(value)]));
  }
}

/** The name in `{{name}}`. */
export function nameIn(placeholder: string): string {
  return placeholder.slice(2, -2);
}

/** All placeholders of a value, by name. */
export function placeholdersIn(value: unknown): string[] {
  return [...(JSON.stringify(value) ?? "").matchAll(PLACEHOLDER)].map((match) => match[1]!.replace("|url", ""));
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&");
}
