/** What a provider says about itself (OpenID Connect Discovery 1.0 §4). */
import * as oauth from "oauth4webapi";
import * as v from "valibot";
import { isAllowedAddress, isInsecureProvider } from "./address.ts";
import { unknownFrom } from "./answer.ts";
import { requestOptions } from "./transport.ts";

/** A memory behind the isolate's, which may forget and may fail. It gives back what was put, or `null`. */
export interface MetadataCache {
  readonly get: (issuer: string) => Promise<unknown>;
  readonly put: (issuer: string, metadata: ProviderMetadata) => Promise<void>;
}

export type Discovery =
  | { readonly outcome: "found"; readonly server: ProviderMetadata }
  /** `detail` is for logs and clients. */
  | { readonly outcome: "unavailable"; readonly detail: string };

/** How long the isolate believes what it read: an hour. */
const MAXIMUM_AGE_SECONDS = 3600;

/**
 * Results only, never promises: workerd lets no request wait for the I/O of another. Configured issuers are its only
 * keys, so it cannot grow.
 */
const remembered = new Map<string, { readonly server: ProviderMetadata; readonly readAt: number }>();

/** The provider's metadata, from this isolate, the cache or the provider. `now` in seconds; failures are not remembered. */
export async function discover(request: {
  readonly issuer: string;
  readonly now: number;
  readonly signal: AbortSignal;
  readonly cache?: MetadataCache;
}): Promise<Discovery> {
  const { issuer, now, cache } = request;
  const known = remembered.get(issuer);
  if (known !== undefined && Math.abs(now - known.readAt) < MAXIMUM_AGE_SECONDS) {
    return { outcome: "found", server: known.server };
  }
  const cached = await fromCache(issuer, cache);
  const found = cached ?? (await askProvider(issuer, request.signal));
  if (found.outcome === "unavailable") return found;
  remembered.set(issuer, { server: found.server, readAt: now });
  // A cache that fails must not fail the login.
  if (cached === null) await cache?.put(issuer, found.server).catch(() => undefined);
  return found;
}

async function fromCache(issuer: string, cache: MetadataCache | undefined): Promise<Discovery | null> {
  const stored = await cache?.get(issuer).catch(() => null);
  const parsed = v.safeParse(providerMetadata(issuer), stored);
  return parsed.success ? { outcome: "found", server: parsed.output } : null;
}

async function askProvider(issuer: string, signal: AbortSignal): Promise<Discovery> {
  try {
    const expected = new URL(issuer);
    const response = await oauth.discoveryRequest(expected, requestOptions(issuer, signal));
    const parsed = v.safeParse(providerMetadata(issuer), await oauth.processDiscoveryResponse(expected, response));
    if (parsed.success) return { outcome: "found", server: parsed.output };
    const members = parsed.issues.map((fault) => v.getDotPath(fault) ?? "").join(", ");
    return { outcome: "unavailable", detail: `the provider's metadata cannot be used: ${members}` };
  } catch (error) {
    return { outcome: "unavailable", detail: unknownFrom(error, signal).detail };
  }
}

/** The members that the server uses. */
export type ProviderMetadata = v.InferOutput<ReturnType<typeof providerMetadata>>;

function providerMetadata(issuer: string) {
  const endpoint = v.pipe(
    v.string(),
    v.check((address) => isAllowedAddress(address, isInsecureProvider(issuer))),
  );
  return v.object({
    issuer: v.pipe(
      v.string(),
      v.check((named) => URL.canParse(named) && new URL(named).href === new URL(issuer).href),
    ),
    authorization_endpoint: endpoint,
    token_endpoint: endpoint,
    jwks_uri: endpoint,
    userinfo_endpoint: v.exactOptional(endpoint),
    revocation_endpoint: v.exactOptional(endpoint),
    authorization_response_iss_parameter_supported: v.exactOptional(v.boolean()),
    id_token_signing_alg_values_supported: v.exactOptional(v.array(v.string())),
    userinfo_signing_alg_values_supported: v.exactOptional(v.array(v.string())),
  }) satisfies v.GenericSchema<unknown, oauth.AuthorizationServer>;
}
