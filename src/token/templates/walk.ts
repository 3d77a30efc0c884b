/** One pass through nested templates: its limits, what it found missing, why it ended (semantics §5.2). */
import { bareReference, keyOf, parseReference } from "./template.ts";
import type { TemplateKind, TemplateLookup, TemplateName } from "./template.ts";

/**
 * What came of resolving. `needs`: load these, then resolve again from the start with a lookup that knows them, too.
 * `message`: for the client, 400.
 */
export type Resolution<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly needs: readonly TemplateName[] }
  | { readonly ok: false; readonly message: string };

const DEEPEST_NESTING = 32;
const MOST_INCLUDES = 256;

/**
 * A pass goes on behind a missing template, so that one round of loading brings as much as possible, and behind a
 * refusal, whose first message counts. Both leave nothing in their place; `resolution` tells the difference.
 */
export class Walk {
  readonly #lookup: TemplateLookup;
  readonly #path: string[] = [];
  readonly #needs = new Map<string, TemplateName>();
  #includes = 0;
  #message: string | undefined;

  constructor(lookup: TemplateLookup) {
    this.#lookup = lookup;
  }

  refuse(message: string): undefined {
    this.#message ??= message;
  }

  /** `resolve` applied to the payload of the named template; `undefined` if it is missing or refused. */
  include<Value>(kind: TemplateKind, reference: string, resolve: (payload: unknown) => Value): Value | undefined {
    if (this.#message !== undefined) return undefined;
    const text = bareReference(reference);
    if (text === "") return this.refuse("empty include name");
    const name = parseReference(kind, reference);
    if (name === null) return this.refuse("malformed include name");
    const key = keyOf(name);
    if (this.#path.includes(key)) return this.refuse(`include name includes itself: '${text}'`);
    if (this.#path.length >= DEEPEST_NESTING) return this.refuse("includes are nested too deeply");
    this.#includes += 1;
    if (this.#includes > MOST_INCLUDES) return this.refuse("too many includes");

    const template = this.#lookup(name);
    if (template === undefined) {
      this.#needs.set(key, name);
      return undefined;
    }
    const { payload } = template;
    if (payload === undefined) return this.refuse(`unknown include name: '${text}'`);
    // Nothing where a template was named would leave the request without what it asked for (Q14).
    if (payload === null || payload === "") return this.refuse(`template is empty: '${text}'`);
    this.#path.push(key);
    const value = resolve(payload);
    this.#path.pop();
    return value;
  }

  resolution<Value>(value: Value): Resolution<Value> {
    if (this.#message !== undefined) return { ok: false, message: this.#message };
    if (this.#needs.size > 0) return { ok: false, needs: [...this.#needs.values()] };
    return { ok: true, value };
  }
}
