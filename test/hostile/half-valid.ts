/**
 * Login starts that name a configured provider and are right but for one thing, so that they come as far as a stranger
 * may: anybody may start a login, and that stores something, so these are never spoilt further, which might mend them.
 */
import * as fc from "fast-check";
import type { Members } from "./bodies.ts";

/** Each refuses the start, whatever else it says. */
export const FLAWS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "a time that is none": { restrictions: [{ exp: "never" }] },
  "an unknown key": { restrictions: [{ exp: "+1h", no_such_key: 1 }] },
  "a negative count": { restrictions: [{}, { usages_AT: -1 }] },
  "addresses that are none": { restrictions: [{ hosts: { a: 1 } }] },
  "too many clauses": { restrictions: Array.from({ length: 101 }, (_, index) => ({ usages_AT: index })) },
  "no list of clauses": { restrictions: "everything" },
  "a template that is not there": { restrictions: [{ include: "no-such-template" }] },
  "a profile that is not there": { include: "no-such-profile" },
  "a script to return to": { client_type: "web", redirect_uri: "javascript:x" },
  "another host without a scheme": { client_type: "web", redirect_uri: "//evil.example" },
  "a place that is not encrypted": { client_type: "web", redirect_uri: "http://evil.example/" },
  "nowhere to return to": { client_type: "web" },
  "a client of no type": { client_type: 5 },
  "another flow": { oidc_flow: "implicit" },
  "a long name": { name: "x".repeat(10_000) },
};

/** What `FLAWS` spoil. */
export function goodStart(issuer: string): Readonly<Record<string, unknown>> {
  return { grant_type: "oidc_flow", oidc_issuer: issuer, client_type: "native", capabilities: ["AT"] };
}

export function halfValidStart(issuers: readonly string[]): fc.Arbitrary<Members> {
  return fc
    .tuple(fc.constantFrom(...issuers), fc.constantFrom(...Object.values(FLAWS)))
    .map(([issuer, flaw]) => Object.entries({ ...goodStart(issuer), ...flaw }));
}
