/** The shared cache of provider metadata in KV: saves a request at a cold start, and may fail. */
import type { MetadataCache } from "../provider/metadata.ts";

const LIFETIME_SECONDS = 3600;

export function metadataCache(store: KVNamespace): MetadataCache {
  return {
    get: (issuer) => store.get(keyOf(issuer), "json"),
    put: (issuer, metadata) => store.put(keyOf(issuer), JSON.stringify(metadata), { expirationTtl: LIFETIME_SECONDS }),
  };
}

function keyOf(issuer: string): string {
  return `provider ${issuer}`;
}
