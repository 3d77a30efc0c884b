/** Tags: a person's own labels for tokens, each with a colour (extended §3.6). Names are compared exactly. */
import { utf8 } from "../crypto/encoding.ts";

/** Characters of a name. */
export const TAG_LENGTH = 64;

export interface Tag {
  readonly tag: string;
  /** Six hexadecimal digits. */
  readonly color: string;
}

/** A tag as a token carries it; with `include_children` whatever is below the token carries it too. */
export interface TokenTag extends Tag {
  readonly include_children: boolean;
}

export function isTagName(text: string): boolean {
  return text !== "" && Array.from(text).length <= TAG_LENGTH;
}

/** The six digits of a colour as it is given, with or without `#`; `null` if it is none. */
export function colorOf(given: string): string | null {
  return /^#?([0-9A-Fa-f]{6})$/.exec(given)?.[1] ?? null;
}

/** The colour of a tag that was given none: the same on every server. */
export function defaultColor(tag: string): string {
  const hex = crc32(utf8(tag)).toString(16).toUpperCase();
  return hex.padStart(6, "0").slice(0, 6);
}

/** CRC-32 as of IEEE 802.3. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xff_ff_ff_ff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xed_b8_83_20 : 0);
  }
  return (crc ^ 0xff_ff_ff_ff) >>> 0;
}
