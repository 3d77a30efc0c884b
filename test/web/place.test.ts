import { expect, it } from "vitest";
import { difference, placeName } from "../../src/web/place.ts";

const place = (address: string | null, country: string | null = null) => ({ address, country });

it.each([
  [place("192.0.2.1", "DE"), place("192.0.2.1", "DE"), "none"],
  [place("192.0.2.1", "DE"), place("192.0.2.2", "de"), "address"],
  [place("192.0.2.1", "DE"), place("192.0.2.2", "FR"), "country"],
  [place("192.0.2.1", "DE"), place("192.0.2.1"), "none"],
  [place("192.0.2.1", "XX"), place("192.0.2.2", "FR"), "address"],
  [place("192.0.2.1", "T1"), place("192.0.2.2", "FR"), "country"],
  [place("2001:db8::1"), place("2001:db8:0:0:ffff::9"), "none"],
  [place("2001:db8::1"), place("2001:db8:0:1::1"), "address"],
  [place("::ffff:192.0.2.1"), place("192.0.2.1"), "none"],
  [place(null), place("192.0.2.1"), "address"],
] as const)("%j and %j differ in: %s", (one, other, expected) => {
  expect(difference(one, other)).toBe(expected);
});

it("names what is known", () => {
  expect(placeName(place("192.0.2.1", "DE"))).toBe("192.0.2.1, Germany (DE)");
  expect(placeName(place("192.0.2.1", "T1"))).toBe("192.0.2.1, Tor network");
  expect(placeName(place(null, "<b>"))).toBe("address unknown, country unknown");
});
