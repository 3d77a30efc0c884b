/** What a history was given that opens something, as it would stand in a file that is not sealed. */
import type { Recorded } from "./model.ts";
import { isJwt } from "./tokens.ts";

/** How every refresh token begins, and every JWT: with the same header; each short token and each code as it is. */
export function secretsOf(histories: readonly Recorded[]): readonly string[] {
  const texts = histories.flatMap(({ tokens }) =>
    tokens.flatMap((token) => [...token.texts.values()].flatMap((of) => [...of])),
  );
  const headers = texts.filter(isJwt).map((text) => text.slice(0, text.indexOf(".") + 1));
  const codes = histories.flatMap(({ calls }) =>
    calls.flatMap(({ about }) => (about !== null && "kind" in about ? [about.text] : [])),
  );
  return ["fake-rt-", ...new Set([...headers, ...texts.filter((text) => !isJwt(text)), ...codes])];
}
