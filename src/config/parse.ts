/** Reads the variables and secrets of the Worker into `Config`, once per isolate. */
import * as v from "valibot";
import { setClockOffset } from "../clock.ts";
import { type Config, ConfigError, type Setting, SETTINGS, type Settings } from "../config.ts";
import { faultText } from "../faults.ts";
import { providerEntry, type ProviderSettings } from "../provider/settings.ts";
import { isLoopbackHost, signatureBytes } from "./schemas.ts";

const known = new WeakMap<object, Config>();

/** The configuration of this isolate: parsed at the first call for `env`. Throws `ConfigError`. */
export function configOf(env: Env): Config {
  const before = known.get(env);
  if (before) return before;
  const config = parseConfig(env);
  known.set(env, config);
  setClockOffset(config.clockOffsetSeconds);
  return config;
}

/** `Config` from variables by name; other bindings among them are not looked at. Throws `ConfigError`. */
export function parseConfig(variables: Readonly<Record<string, unknown>>): Config {
  const entries = Object.entries(SETTINGS).map(([key, entry]) => [key, read(entry, variables[entry.name])]);
  const { providerEntries, providerSecrets, ...settings } = Object.fromEntries(entries) as Settings;
  const deployed = !isLoopbackHost(new URL(settings.issuer).hostname);
  if (deployed && !settings.issuer.startsWith("https:")) throw new ConfigError("ISSUER: must be https");
  if (deployed && settings.clockOffsetSeconds !== 0) throw new ConfigError("CLOCK_OFFSET_SECONDS: only for tests");
  const providers = joinProviders(providerEntries, providerSecrets, deployed);
  return Object.freeze({ ...settings, providers, deployed, warnings: warningsFor(settings.signingKeys) });
}

function read({ name, fallback, schema }: Setting, value: unknown): unknown {
  const given = value ?? fallback;
  if (given === null) throw new ConfigError(`${name}: missing`);
  // wrangler.toml can give numbers and tables where a text was meant.
  const text = typeof given === "string" ? given : JSON.stringify(given);
  return outputOf(name, v.safeParse(schema, text));
}

function outputOf<Output>(name: string, result: v.SafeParseResult<v.GenericSchema<unknown, Output>>): Output {
  if (result.success) return result.output;
  throw new ConfigError(`${name}: ${faultText(result.issues[0])}`);
}

function joinProviders(entries: unknown, secrets: Settings["providerSecrets"], deployed: boolean): ProviderSettings[] {
  const providers = outputOf(
    "PROVIDERS",
    v.safeParse(v.array(providerEntry(!deployed), "must be a JSON array"), entries),
  );
  const bare = providers.map(({ issuer }) => issuer.replace(/\/$/, ""));
  const twice = bare.find((issuer, index) => bare.indexOf(issuer) !== index);
  if (twice !== undefined) throw new ConfigError(`PROVIDERS: ${twice} stands there twice`);
  const stray = [...secrets.keys()].find((issuer) => !providers.some((provider) => provider.issuer === issuer));
  if (stray !== undefined) throw new ConfigError(`PROVIDER_SECRETS: ${stray} is not among PROVIDERS`);
  return providers.map((provider) => {
    const secret = secrets.get(provider.issuer);
    if (secret === undefined) throw new ConfigError(`PROVIDER_SECRETS: ${provider.issuer} is missing`);
    return { ...provider, client_secret: secret };
  });
}

function warningsFor(keys: Settings["signingKeys"]): readonly string[] {
  const [signing] = keys.filter((key) => key.d !== undefined);
  if (signing === undefined || signatureBytes(signing) % 3 === 0) return [];
  return [`SIGNING_KEYS: Go clients do not recognise ${signing.alg} tokens of this length as JWTs; ES384 and ES512 do`];
}
