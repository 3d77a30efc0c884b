/**
 * Where we answer differently from the reference as a matter of principle: each rule changes what a recording expects,
 * under an id of docs/DIVERGENCES.md. What it changes it to is compared like everything else.
 */
import type { RecordedResponse } from "./recording.ts";
import { ASKED_RULES } from "./rules/asked.ts";
import { CODE_RULES } from "./rules/codes.ts";
import { HISTORY_RULES } from "./rules/history.ts";
import { LOGIN_RULES } from "./rules/login.ts";
import { PROVIDER_RULES } from "./rules/provider.ts";
import type { Exchange, Rule } from "./rules/rule.ts";
import { TOKEN_RULES } from "./rules/tokens.ts";
import { WIRE_RULES } from "./rules/wire.ts";

export const RULES: readonly Rule[] = [
  ...WIRE_RULES,
  ...LOGIN_RULES,
  ...ASKED_RULES,
  ...PROVIDER_RULES,
  ...TOKEN_RULES,
  ...CODE_RULES,
  ...HISTORY_RULES,
];

/** What is expected of us, and by which rules it differs from the recording. */
export function adapted(exchange: Exchange): { expected: RecordedResponse; rules: string[] } {
  const rules: string[] = [];
  let expected = exchange.step.response;
  for (const { id, adapt } of RULES) {
    const changed = adapt(expected, exchange);
    if (changed === null) continue;
    expected = changed;
    rules.push(id);
  }
  return { expected, rules };
}
