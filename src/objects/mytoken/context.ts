/** What the verbs of a Mytoken need of their object. */
import type { Config } from "../../config.ts";
import type { Grant } from "../grant/grant.ts";
import type { Mytoken } from "./mytoken.ts";

export interface MytokenContext {
  readonly storage: DurableObjectStorage;
  readonly config: Config;
  readonly directory: D1Database;
  readonly grant: (grantId: string) => DurableObjectStub<Grant>;
  readonly mytoken: (momId: string) => DurableObjectStub<Mytoken>;
}
