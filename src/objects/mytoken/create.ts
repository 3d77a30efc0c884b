/**
 * Step 2 of creation (DESIGN §5): the child's own object. State, metadata, the directory's outbox and the deadline in one
 * transaction. A crash afterwards leaves a member that is still `joining`, whose text nobody was given: the Grant drops it.
 */
import type { Caller } from "../../token/caller.ts";
import type { MytokenClaims } from "../../token/claims.ts";
import { generationDeadline } from "../../token/rotation/generation.ts";
import type { WantedTag } from "../../token/tag.ts";
import { makeDue, setAlarm } from "../due.ts";
import { createTables } from "../tables.ts";
import type { MytokenContext } from "./context.ts";
import { writeEvent } from "./history.ts";
import { MYTOKEN_TABLES, readToken } from "./schema.ts";

export interface CreateRequest {
  readonly momId: string;
  readonly parent: string | null;
  readonly grantId: string;
  /** SHA-256 of the JWT text, base64url. */
  readonly textHash: string;
  readonly wrappedKey: Uint8Array<ArrayBuffer>;
  /** Without `jti`, which is stored nowhere. */
  readonly claims: Omit<MytokenClaims, "jti">;
  readonly caller: Caller;
  /** What the history starts with, in order. */
  readonly events: readonly { readonly name: string; readonly comment: string }[];
  /** Put on the token in the directory. */
  readonly tags?: readonly WantedTag[];
  /** Of the person who logged in; roots only. */
  readonly email?: { readonly address: string; readonly verified: boolean };
}

/** Makes the token. Idempotent for the same text; throws if the name is taken by another. */
export async function createToken(object: MytokenContext, request: CreateRequest): Promise<void> {
  const { storage, config } = object;
  const { claims, caller } = request;
  const present = readToken(storage.sql);
  if (present?.text_hash === request.textHash) return;
  if (present) throw new Error("mom_id is taken");
  const expires = generationDeadline(claims.exp, claims.rotation, claims.iat);
  storage.transactionSync(() => {
    const version = createTables(storage.sql, MYTOKEN_TABLES);
    storage.sql.exec(
      `INSERT INTO token (id, schema_version, mom_id, parent, grant_id, state, seq_no, text_hash, wrapped_key, owner,
         oidc_sub, oidc_iss, email, email_verified, name, created, created_from, auth_time, last_rotated, not_before,
         expires, capabilities, subtoken_capabilities, restrictions, rotation, tags, directory_version)
       VALUES (1, ?, ?, ?, ?, 'live', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
      version,
      request.momId,
      request.parent,
      request.grantId,
      claims.seq_no,
      request.textHash,
      request.wrappedKey.buffer,
      claims.sub,
      claims.oidc_sub,
      claims.oidc_iss,
      request.email?.address ?? null,
      request.email ? Number(request.email.verified) : null,
      claims.name ?? null,
      claims.iat,
      caller.address,
      claims.auth_time,
      claims.iat,
      claims.nbf,
      expires ?? null,
      JSON.stringify(claims.capabilities),
      claims.subtoken_capabilities ? JSON.stringify(claims.subtoken_capabilities) : null,
      JSON.stringify(claims.restrictions ?? []),
      claims.rotation ? JSON.stringify(claims.rotation) : null,
      JSON.stringify(request.tags ?? []),
    );
    for (const { name, comment } of request.events) {
      writeEvent(storage.sql, name, comment, caller, claims.iat, config.historyLimit);
    }
    // Later than the Grant's own look at who never joined: what is dropped was never shown.
    makeDue(storage.sql, "directory", claims.iat + 2 * config.joinTimeoutSeconds);
    if (expires !== undefined) makeDue(storage.sql, "deadline", expires + 1);
  });
  await setAlarm(storage);
}
