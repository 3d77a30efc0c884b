/** The shared cache of provider metadata in KV: saves a request at a cold start, and may fail. */
import { inTime } from "../time-limit.ts";
import type { MetadataCache } from "../provider/metadata.ts";

const LIFETIME_SECONDS = 3600;
/** Asking the provider itself is no slower. */
const LONGEST_WAIT_MILLISECONDS = 1000;

export function metadataCache(store: KVNamespace): MetadataCache {
  return {
    get: (issuer) => inTime(LONGEST_WAIT_MILLISECONDS, store.get(keyOf(issuer), "json")),
    put: (issuer, metadata) => {
      const stored = store.put(keyOf(issuer), JSON.stringify(metadata), { expirationTtl: LIFETIME_SECONDS });
      return inTime(LONGEST_WAIT_MILLISECONDS, stored);
    },
  };
}

function keyOf(issuer: string): string {
  return `provider ${issuer}`;
}
