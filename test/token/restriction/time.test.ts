import { describe, expect, it } from "vitest";
import { fromUtcText, toUtcText } from "../../../src/token/restriction/calendar.ts";
import { durationNanoseconds } from "../../../src/token/restriction/duration.ts";
import { LAST_SECOND, secondsFrom, timeOfJson, timeOfText } from "../../../src/token/restriction/time.ts";

const NOW = 1_800_000_000;

describe("time strings", () => {
  it.each([
    ["+9223372036854775807", LAST_SECOND],
    ["9223372036854775807", LAST_SECOND],
    ["-9223372036854775807", -LAST_SECOND],
    ["9007199254740991", LAST_SECOND],
    ["9007199254740990", LAST_SECOND - 1],
    ["+292y", NOW + 292 * 31_536_000],
    ["+-500ms", NOW - 1],
    ["+0.000000001s", NOW],
    ["+-0.000000001s", NOW - 1],
    ["2000-02-29 23:59", 951_868_740],
  ])("%s", (text, seconds) => {
    expect(timeOfText(text, NOW)).toBe(seconds);
  });
  it.each([
    ["+9223372036854775808"],
    ["-9223372036854775808000"],
    ["+5 "],
    ["--5"],
    ["+-5"],
    ["++5"],
    ["2001-02-29 00:00"],
    ["1900-02-29 00:00"],
    ["2030-00-10 00:00"],
    ["2030-01-00 00:00"],
    ["2030-04-31 00:00"],
    ["2030-01-01 24:00"],
    ["2030-01-01 00:60"],
    ["9".repeat(101)],
    [`+${"1s".repeat(51)}`],
    ["١٢"],
  ])("%s is none", (text) => {
    expect(timeOfText(text, NOW)).toBeNull();
  });
  it("long ones that are good stay good", () => {
    expect(timeOfText(`+${"1s".repeat(50)}`, NOW)).toBe(NOW + 50);
    expect(timeOfText(`${"0".repeat(99)}7`, NOW)).toBe(7);
  });
  it("-0 is 0", () => {
    expect(timeOfText("-0", NOW)).toBe(0);
    expect(timeOfJson(-0, NOW)).toBe(0);
  });
});

describe("JSON times", () => {
  it("clamp", () => {
    expect(timeOfJson(1e300, NOW)).toBe(LAST_SECOND);
    expect(timeOfJson(-1e300, NOW)).toBe(-LAST_SECOND);
    expect(secondsFrom(NOW, 1e300)).toBe(LAST_SECOND);
  });
  it.each([[Number.NaN], [Infinity], [0.5], [5n], [{}], [[5]], [false]])("%s is none", (value) => {
    expect(timeOfJson(value, NOW)).toBeNull();
  });
  it("absent is no bound", () => {
    expect(timeOfJson(undefined, NOW)).toBe(0);
  });
});

describe("durations", () => {
  it("end at 64 bits of nanoseconds", () => {
    expect(durationNanoseconds("9223372036854775807ns")).toBe(9_223_372_036_854_775_807n);
    expect(durationNanoseconds("9223372036854775808ns")).toBeNull();
    expect(durationNanoseconds("200y200y")).toBeNull();
  });
  it("are cut, not rounded", () => {
    expect(durationNanoseconds("0.9999999999s")).toBe(999_999_999n);
    expect(durationNanoseconds("-1.5ns")).toBe(-1n);
  });
  it.each([["s"], ["."], [".s"], ["1s "], [" 1s"], ["1 s"], ["+-1s"], ["1s1"], ["-"], ["+"], ["1e3s"], ["1toString"]])(
    "%s is none",
    (text) => {
      expect(durationNanoseconds(text)).toBeNull();
    },
  );
});

describe("the calendar", () => {
  it("agrees with Date from year 0 to 9999", () => {
    for (let day = -719_528; day < 2_932_897; day += 97) {
      const seconds = day * 86_400 + ((((day * 7919) % 86_400) + 86_400) % 86_400);
      const minute = seconds - (((seconds % 60) + 60) % 60);
      const text = new Date(minute * 1000).toISOString().slice(0, 16).replace("T", " ");
      expect(toUtcText(seconds)).toBe(text);
      expect(fromUtcText(text)).toBe(minute);
    }
  });
  it("goes beyond", () => {
    expect(toUtcText(LAST_SECOND)).toBe("285428751-11-12 07:36");
  });
});
