/** What the verbs of a Mytoken need of their object. */
import type { FamilyObjects } from "../creation.ts";

export interface MytokenContext extends FamilyObjects {
  readonly storage: DurableObjectStorage;
  readonly directory: D1Database;
  /** KV: the sealed records of transfer codes. */
  readonly codes: KVNamespace;
}
