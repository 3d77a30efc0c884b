/** What the verbs of an Authorization need of their object. */
import type { MetadataCache } from "../../provider/metadata.ts";
import type { FamilyObjects } from "../creation.ts";

export interface AuthorizationContext extends FamilyObjects {
  readonly storage: DurableObjectStorage;
  readonly metadataCache: MetadataCache;
  /** D1: templates of enforced restrictions. */
  readonly directory: D1Database;
}
