/** The making of a grant, at the end of a login (DESIGN §5). */
import { makeDue, setAlarm } from "../due.ts";
import { createTables } from "../tables.ts";
import { GRANT_TABLES, readLogin } from "./schema.ts";

export interface OpenRequest {
  readonly grantId: string;
  readonly issuer: string;
  readonly oidcSub: string;
  /** Sealed under the grant key for version 1 (`refreshTokenPurpose`). */
  readonly sealedRefreshToken: Uint8Array<ArrayBuffer>;
  readonly tokenEndpoint: string;
  readonly revocationEndpoint: string | null;
}

/**
 * Stores the login and its sealed refresh token: from here on the refresh token is durable. A crash before the first
 * member is confirmed leaves a grant without a live member, which closes itself after `joinTimeoutSeconds`.
 * Throws if the object is taken: grant ids are random.
 */
export async function openGrant(
  storage: DurableObjectStorage,
  request: OpenRequest,
  now: number,
  joinTimeoutSeconds: number,
): Promise<void> {
  if (readLogin(storage.sql)) throw new Error("grant id is taken");
  storage.transactionSync(() => {
    const version = createTables(storage.sql, GRANT_TABLES);
    storage.sql.exec(
      `INSERT INTO login (id, schema_version, grant_id, issuer, oidc_sub, token_endpoint, revocation_endpoint,
         endpoints_checked, created, sealed_refresh_token, refresh_token_version)
       VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)`,
      version,
      request.grantId,
      request.issuer,
      request.oidcSub,
      request.tokenEndpoint,
      request.revocationEndpoint,
      now,
      now,
      request.sealedRefreshToken.buffer,
    );
    makeDue(storage.sql, "joining", now + joinTimeoutSeconds);
  });
  await setAlarm(storage);
}
