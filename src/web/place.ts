/** Where a request came from, as the consent page compares and names it. */
import type { Caller } from "../token/caller.ts";
import { networkOf } from "../token/network.ts";
import { shown } from "./shown.ts";

/** The country is what the edge reports: ISO 3166 alpha-2, or `XX` unknown, `T1` Tor. */
export type Place = Pick<Caller, "address" | "country">;

/** How far two places are apart; IPv6 addresses of one /64 are one place, because privacy addresses change daily. */
export function difference(one: Place, other: Place): "none" | "address" | "country" {
  const countries = [countryCode(one), countryCode(other)];
  if (countries[0] && countries[1] && countries[0] !== countries[1]) return "country";
  return networkOf(one.address) === networkOf(other.address) ? "none" : "address";
}

/** The country in words, with its code; `undefined` if nobody knows. */
export function countryName(place: Place): string | undefined {
  const code = countryCode(place);
  if (code === undefined) return undefined;
  if (code === "T1") return "Tor network";
  return `${new Intl.DisplayNames(["en"], { type: "region" }).of(code) ?? code} (${code})`;
}

/** Address and country in one line. */
export function placeName(place: Place): string {
  return `${shown(place.address ?? "address unknown", 64)}, ${countryName(place) ?? "country unknown"}`;
}

function countryCode(place: Place): string | undefined {
  const code = place.country?.toUpperCase();
  return code !== undefined && /^(?!XX)([A-Z]{2}|T1)$/.test(code) ? code : undefined;
}
