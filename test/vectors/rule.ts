/**
 * Where we answer otherwise than a vector file expects: a named rule that looks at the inputs of a case, never at its
 * name, and says what we answer instead. `id` is the id of its line in docs/DIVERGENCES.md.
 */
export interface Rule<Case = never> {
  readonly id: string;
  readonly applies: (input: Case) => boolean;
  readonly answer: (input: Case) => unknown;
}
