/** Durations such as `1d12h` or `1.5h` (semantics §1.3), exact to the nanosecond. */

/** Nanoseconds of each unit; there is no month, and `m` is minutes. Micro is written with U+00B5 or U+03BC. */
const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\u00b5s": 1_000n,
  "\u03bcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
  d: 86_400_000_000_000n,
  w: 604_800_000_000_000n,
  y: 31_536_000_000_000_000n,
};

const PART = /(\d*)(?:\.(\d*))?(ns|us|\u00b5s|\u03bcs|ms|[smhdwy])/y;

/** About 292 years: the reference counts in 64 bits, and refuses what does not fit. */
const LONGEST = 2n ** 63n - 1n;

/** Far more than any sensible duration has; bounds the arithmetic. */
const MAX_CHARACTERS = 100;

/** Nanoseconds, cut; `null` for text that is no duration, has an unknown unit or lasts longer than about 292 years. */
export function durationNanoseconds(text: string): bigint | null {
  if (text.length > MAX_CHARACTERS) return null;
  const negative = text.startsWith("-");
  const unsigned = /^[+-]/.test(text) ? text.slice(1) : text;
  if (unsigned === "0") return 0n;
  if (unsigned === "") return null;
  let sum = 0n;
  PART.lastIndex = 0;
  for (let end = 0; end < unsigned.length; end = PART.lastIndex) {
    const [, whole = "", fraction = "", unit = ""] = PART.exec(unsigned) ?? [];
    if (whole + fraction === "") return null;
    const size = UNITS[unit] ?? 0n;
    sum += BigInt(whole || 0) * size + (BigInt(fraction || 0) * size) / 10n ** BigInt(fraction.length);
    if (sum > LONGEST) return null;
  }
  return negative ? -sum : sum;
}
