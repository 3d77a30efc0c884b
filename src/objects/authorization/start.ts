/** The start of a login (token-core §7.1, DESIGN §5). Durable afterwards: the flow, with hashes of its codes. */
import { nowSeconds } from "../../clock.ts";
import { sha256Text } from "../../crypto/hash.ts";
import { newFlowCode } from "../../token/ids.ts";
import type { Caller } from "../../token/caller.ts";
import { makeDue, setAlarm } from "../due.ts";
import { createTables } from "../tables.ts";
import type { AuthorizationContext } from "./context.ts";
import { newPollingKey } from "./polling-key.ts";
import { AUTHORIZATION_TABLES, type LoginRequest, readFlow } from "./schema.ts";

export interface StartRequest {
  readonly flowId: string;
  readonly client: "native" | "web";
  /** Where a web flow returns to; checked by the edge. */
  readonly redirectUri: string | null;
  readonly request: LoginRequest;
  readonly caller: Caller;
}

export interface Started {
  readonly consentCode: string;
  /** Native flows only. */
  readonly pollingCode: string | null;
}

/** Starts the flow. `null` if the object's name is taken: the caller draws another. */
export async function startFlow(object: AuthorizationContext, start: StartRequest): Promise<Started | null> {
  const { storage, config } = object;
  if (readFlow(storage.sql)) return null;
  const consentCode = await newFlowCode(config.pepper, "consent", start.flowId);
  const consentHash = await sha256Text(consentCode);
  const pollingCode = start.client === "native" ? await newFlowCode(config.pepper, "polling", start.flowId) : null;
  const pollingHash = pollingCode && (await sha256Text(pollingCode));
  const key = pollingCode && (await newPollingKey(pollingCode));
  const now = nowSeconds();
  const isNew = storage.transactionSync(() => {
    if (readFlow(storage.sql)) return false;
    const version = createTables(storage.sql, AUTHORIZATION_TABLES);
    storage.sql.exec(
      `INSERT INTO flow (id, schema_version, flow_id, state, created, expires, client, redirect_uri, request,
         started_from, consent_hash, polling_hash, public_key, sealed_private_key)
       VALUES (1, ?, ?, 'pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      version,
      start.flowId,
      now,
      now + config.codeLifetimeSeconds,
      start.client,
      start.redirectUri,
      JSON.stringify(start.request),
      JSON.stringify(start.caller),
      consentHash,
      pollingHash,
      key ? key.publicKey : null,
      key ? key.sealedPrivateKey.buffer : null,
    );
    makeDue(storage.sql, "end", now + config.codeLifetimeSeconds + 1);
    return true;
  });
  if (!isNew) return null;
  await setAlarm(storage);
  return { consentCode, pollingCode };
}
