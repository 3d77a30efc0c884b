/** Tags: a person's own labels for tokens, each with a colour (extended §3.6). Names are compared exactly. */
import * as v from "valibot";
import { utf8 } from "../crypto/encoding.ts";
import { badRequest, done, type Result } from "../errors.ts";
import { faultText } from "../faults.ts";

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

/** A tag that a new token is to carry. */
export interface WantedTag {
  readonly tag: string;
  readonly includeChildren: boolean;
}

/** Tags that one request may put on a new token. */
const MAXIMUM_TAGS = 20;

const wantedTags = v.pipe(
  v.array(
    v.object({
      tag: v.pipe(v.string(), v.check(isTagName, `must have 1 to ${TAG_LENGTH} characters`)),
      include_children: v.nullish(v.boolean(), false),
    }),
  ),
  v.maxLength(MAXIMUM_TAGS, `must hold at most ${MAXIMUM_TAGS} tags`),
);

/** The member `tags` of a request for a token (extended §3.7): `[{"tag", "include_children"?}]`; absent is none. */
export function requestedTags(value: unknown): Result<readonly WantedTag[]> {
  const parsed = v.safeParse(wantedTags, value ?? []);
  if (!parsed.success) return badRequest(`tags: ${faultText(parsed.issues[0])}`);
  return done(parsed.output.map(({ tag, include_children: includeChildren }) => ({ tag, includeChildren })));
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
