/** Tokens that nobody issued, made from others as the recordings say. */
import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { Bindings } from "./bindings.ts";
import type { ForgeStep, JsonObject, MutateStep } from "./recording.ts";

const stranger = generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey;

/** A JWT with other claims or another header, signed as the step says. */
export function forge(step: ForgeStep, bindings: Bindings, serverKey: KeyObject): string {
  const [header, claims] = bindings.get(step.from).split(".").slice(0, 2).map(decode) as [JsonObject, JsonObject];
  Object.assign(claims, bindings.fill(step.changes));
  for (const [name, value] of Object.entries(step.changes)) if (value === null) delete claims[name];
  const forged = { ...header, ...step.header };
  // A header that is given without `alg` and `typ` is meant to have no `alg`.
  if (step.header && !("alg" in step.header) && !("typ" in step.header)) delete forged["alg"];
  const input = `${encode(forged)}.${encode(claims)}`;
  return `${input}.${signature(step.key, input, serverKey)}`;
}

function signature(key: ForgeStep["key"], input: string, serverKey: KeyObject): string {
  if (key === "none") return "";
  if (key === "hs") return createHmac("sha256", "x").update(input).digest("base64url");
  if (key === "hs384") return createHmac("sha384", "x").update(input).digest("base64url");
  const signingKey = key === "server" ? serverKey : stranger;
  return sign("sha512", Buffer.from(input), { key: signingKey, dsaEncoding: "ieee-p1363" }).toString("base64url");
}

function decode(part: string): JsonObject {
  return JSON.parse(Buffer.from(part, "base64url").toString()) as JsonObject;
}

function encode(value: JsonObject): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

const MUTATIONS: Readonly<Record<string, (text: string) => string>> = {
  damage: (text) => `${text.slice(0, -8)}AAAAAAAA`,
  two_segments: (text) => text.split(".").slice(0, 2).join("."),
  four_segments: (text) => `${text}.x`,
  text_payload: (text) => {
    const [header, , signature] = text.split(".");
    return `${header}.${Buffer.from("hello world").toString("base64url")}.${signature}`;
  },
  swap_case: (text) => (text.toLowerCase() === text ? text.toUpperCase() : text.toLowerCase()),
  lower_case: (text) => text.toLowerCase(),
  blanks: (text) => ` ${text} `,
  bearer_prefix: (text) => `bearer ${text}`,
};

/** A text made from another token. */
export function mutate({ from, how }: MutateStep, bindings: Bindings): string {
  const mutation = MUTATIONS[how];
  if (!mutation) throw new Error(`no such mutation: ${how}`);
  return mutation(bindings.get(from));
}
