/** The kinds of text that a setting can hold. No message repeats a value: some of them are secrets. */
import ipaddr from "ipaddr.js";
import * as v from "valibot";
import { fromBase64url } from "../crypto/encoding.ts";
import { isAllowedAddress } from "../provider/address.ts";

/** A JSON text, its value unjudged. */
export const json = v.pipe(v.string(), v.parseJson(undefined, "must be JSON"));

/** Whether a host name or address is this very machine: a Worker whose issuer is there counts as not deployed. */
export function isLoopbackHost(hostname: string): boolean {
  if (hostname === "localhost") return true;
  const bare = hostname.replace(/^\[(.*)\]$/, "$1");
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === "loopback";
}

function isUrl(text: string): boolean {
  return /^https?:\/\/[^\s@#]+$/.test(text) && URL.canParse(text);
}

/** An http(s) URL without query and fragment, kept as it is written. */
export const issuerUrl = v.pipe(
  v.string(),
  v.check((text) => isUrl(text), "must be an http(s) URL"),
  v.check((text) => !text.includes("?"), "must have no query"),
);

export const httpsUrl = v.pipe(
  v.string(),
  v.check((text) => isAllowedAddress(text, true), "must be an https URL"),
);

/** An http(s) URL; the empty text is `null`. */
export const optionalUrl = v.pipe(
  v.string(),
  v.check((text) => text === "" || isUrl(text), "must be an http(s) URL or empty"),
  v.transform((text) => (text === "" ? null : text)),
);

/** A whole number within bounds. */
export function integer(minimum: number, maximum: number) {
  return v.pipe(
    v.string(),
    v.check((text) => /^\d{1,15}$/.test(text), "must be a whole number"),
    v.transform(Number),
    v.check((value) => value >= minimum && value <= maximum, `must be from ${minimum} to ${maximum}`),
  );
}

export const onOff = v.pipe(
  v.picklist(["on", "off"], "must be on or off"),
  v.transform((text) => text === "on"),
);

/** A JSON array of some of the given names, without repetition, in the order of `names`. */
export function someOf<const Names extends readonly string[]>(names: Names) {
  return v.pipe(
    json,
    v.array(v.picklist(names, `must be one of ${names.join(", ")}`), "must be a JSON array"),
    v.transform((chosen): readonly Names[number][] => names.filter((name) => chosen.includes(name))),
  );
}

/** A JSON array of paths on this host: one leading `/`, no `\`, nothing that a browser would take for another host. */
export const ownPaths = v.pipe(
  json,
  v.array(
    v.pipe(v.string(), v.regex(/^\/(?![/\\])[^\\\s]*$/, "must be a path of this server")),
    "must be a JSON array",
  ),
  v.readonly(),
);

/** A JSON object of names and non-empty texts. */
export const secretsByName = v.pipe(
  json,
  v.check((value) => !Array.isArray(value), "must be a JSON object of texts"),
  v.record(v.string(), v.pipe(v.string(), v.nonEmpty("must not be empty")), "must be a JSON object of texts"),
  v.transform((entries): ReadonlyMap<string, string> => new Map(Object.entries(entries))),
);

/** Base64url of at least `minimum` bytes. */
export function secretBytes(minimum: number) {
  return v.pipe(
    v.string(),
    v.check((text) => /^[A-Za-z0-9_-]+$/.test(text) && text.length % 4 !== 1, "must be unpadded base64url"),
    v.transform(fromBase64url),
    v.check((bytes) => bytes.length >= minimum, `must be at least ${minimum} bytes`),
  );
}

export type AddressSource =
  | { readonly from: "cloudflare" }
  | { readonly from: "socket" }
  | { readonly from: "header"; readonly header: string; readonly proxy: string };

/** `cloudflare`, `socket`, or `header <Name> from <address of the proxy>`. */
export const addressSource = v.pipe(
  v.string(),
  v.transform((text): AddressSource | null => {
    if (text === "cloudflare" || text === "socket") return { from: text };
    const [, header, proxy] = /^header ([A-Za-z0-9-]+) from (\S+)$/.exec(text) ?? [];
    if (header === undefined || proxy === undefined || !ipaddr.isValid(proxy)) return null;
    return { from: "header", header, proxy: ipaddr.process(proxy).toString() };
  }),
  v.custom<AddressSource>((source) => source !== null, "must be cloudflare, socket or 'header <Name> from <address>'"),
);

const text = v.pipe(v.string("must be a text"), v.nonEmpty("must not be empty"));
const base64urlText = v.pipe(v.string("must be a text"), v.regex(/^[A-Za-z0-9_-]+$/, "must be unpadded base64url"));
const secretPart = v.exactOptional(base64urlText);
const optional = v.exactOptional(text);
const anyKey = { kid: optional, d: secretPart };
const privateRsa = { ...anyKey, p: secretPart, q: secretPart, dp: secretPart, dq: secretPart, qi: secretPart };
const CURVES = {
  ES256: { crv: "P-256", characters: 43 },
  ES384: { crv: "P-384", characters: 64 },
  ES512: { crv: "P-521", characters: 88 },
} as const;

/** One JWK (RFC 7517), public or private. Signatures of deterministic algorithms could serve as keys: DESIGN §6. */
const signingKey = v.variant("kty", [
  v.pipe(
    v.object({
      kty: v.literal("EC"),
      alg: v.picklist(["ES256", "ES384", "ES512"]),
      crv: text,
      x: base64urlText,
      y: base64urlText,
      ...anyKey,
    }),
    v.check((key) => CURVES[key.alg].crv === key.crv, "crv and alg do not fit"),
    v.check(
      ({ alg, x, y, d = x }) => [x, y, d].every((part) => part.length === CURVES[alg].characters),
      "x, y or d has not the length of its curve (RFC 7518 §6.2)",
    ),
  ),
  v.object({
    kty: v.literal("RSA"),
    alg: v.picklist(["PS256", "PS384", "PS512"]),
    n: base64urlText,
    e: base64urlText,
    ...privateRsa,
  }),
]);

export type SigningKey = v.InferOutput<typeof signingKey>;

/** A JSON array of JWKs, at least one of them private. */
export const signingKeys = v.pipe(
  json,
  v.array(signingKey, "must be a JSON array"),
  v.check((keys) => keys.some((key) => key.d !== undefined), "must hold a private key"),
  v.check((keys) => {
    const named = keys.flatMap(({ kid }) => kid ?? []);
    return new Set(named).size === named.length;
  }, "must not hold the same kid twice"),
  v.readonly(),
);

/** Bytes of a signature: Go clients take a token for a JWT only if this is divisible by 3 (clients.md). */
export function signatureBytes(key: SigningKey): number {
  return key.kty === "RSA" ? Math.floor((key.n.length * 3) / 4) : { ES256: 64, ES384: 96, ES512: 132 }[key.alg];
}
