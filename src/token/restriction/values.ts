/** The values of a blank-separated text such as `scope` (RFC 6749 §3.3), without empty parts (semantics §1.8). */
export function words(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(" ").filter((word) => word !== "");
}

/** The values in order of appearance, each once. */
export function union(lists: Iterable<readonly string[]>): readonly string[] {
  const seen = new Set<string>();
  for (const list of lists) for (const value of list) seen.add(value);
  return [...seen];
}
