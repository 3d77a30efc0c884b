/** The table of an Authorization: one running login. docs/STORAGE.md says what each column is for. */
import type { Caller } from "../../token/caller.ts";
import type { Clause } from "../../token/clause.ts";
import type { Rotation } from "../../token/rotation.ts";
import type { WantedTag } from "../../token/tag.ts";
import { DUE_SCHEMA } from "../due.ts";
import { onlyRow } from "../only-row.ts";
import type { Tables } from "../tables.ts";

/**
 * `pending → consented → exchanging → fulfilled → collected`, or `declined`, `failed`, `expired`. The last four are
 * tombstones: their secrets are gone, so that "expired" can be told from "unknown".
 */
export type FlowState =
  | "pending"
  | "consented"
  | "exchanging"
  | "fulfilled"
  | "collected"
  | "declined"
  | "failed"
  | "expired";

const FIRST_TABLES = `
CREATE TABLE flow (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  schema_version INTEGER NOT NULL,
  flow_id TEXT NOT NULL,
  state TEXT NOT NULL,
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  client TEXT NOT NULL CHECK (client IN ('native', 'web')),
  redirect_uri TEXT,
  request TEXT NOT NULL,
  started_from TEXT NOT NULL,
  consent_hash TEXT NOT NULL,
  polling_hash TEXT,
  public_key TEXT,
  sealed_private_key BLOB,
  state_hash TEXT,
  cookie_hash TEXT,
  code_verifier TEXT,
  nonce TEXT,
  exchanging_since INTEGER,
  collect_until INTEGER,
  grant_id TEXT,
  mom_id TEXT,
  sealed_token TEXT
) STRICT;
${DUE_SCHEMA}`;

export const AUTHORIZATION_TABLES: Tables = { versioned: "flow", steps: [FIRST_TABLES] };

/** The mytoken that was asked for, resolved: times absolute, templates expanded. Approval replaces it. */
export interface LoginRequest {
  /** As configured. */
  readonly issuer: string;
  readonly capabilities: readonly string[];
  readonly subtokenCapabilities: readonly string[] | null;
  readonly restrictions: readonly Clause[];
  readonly rotation: Rotation | null;
  readonly name: string | null;
  readonly tags: readonly WantedTag[];
  readonly responseType: string | null;
  readonly maxTokenLength: number | null;
  readonly applicationName: string | null;
}

interface FlowColumns {
  readonly flow_id: string;
  readonly state: FlowState;
  readonly created: number;
  /** Until when it can be approved and come back. */
  readonly expires: number;
  readonly client: "native" | "web";
  readonly redirect_uri: string | null;
  readonly request: string;
  readonly started_from: string;
  readonly consent_hash: string;
  readonly polling_hash: string | null;
  /** ECDH P-256: the finished token is sealed to it; native flows only. */
  readonly public_key: string | null;
  /** Under HKDF of the polling code, which is stored nowhere. */
  readonly sealed_private_key: ArrayBuffer | null;
  readonly state_hash: string | null;
  readonly cookie_hash: string | null;
  readonly code_verifier: string | null;
  readonly nonce: string | null;
  readonly exchanging_since: number | null;
  readonly collect_until: number | null;
  readonly grant_id: string | null;
  readonly mom_id: string | null;
  /** JWE of the finished token. */
  readonly sealed_token: string | null;
}

export interface Flow extends Omit<FlowColumns, "request" | "started_from"> {
  readonly request: LoginRequest;
  readonly started_from: Caller;
}

/** The flow, or `null` in an object that was never started or is empty again. */
export function readFlow(sql: SqlStorage): Flow | null {
  const row = onlyRow(() => sql.exec<FlowColumns & Record<string, SqlStorageValue>>("SELECT * FROM flow"));
  if (!row) return null;
  return {
    ...row,
    request: JSON.parse(row.request) as LoginRequest,
    started_from: JSON.parse(row.started_from) as Caller,
  };
}

/** Whether the person may still approve or decline. Approving again is allowed until the code is exchanged. */
export function isOpen(flow: Flow | null, now: number): flow is Flow {
  return flow !== null && (flow.state === "pending" || flow.state === "consented") && now <= flow.expires;
}

/** Ends the flow: everything that opens anything goes, the tombstone stays. */
export function endFlow(sql: SqlStorage, state: "collected" | "declined" | "failed" | "expired"): void {
  sql.exec(
    `UPDATE flow SET state = ?, sealed_private_key = NULL, public_key = NULL, state_hash = NULL, cookie_hash = NULL,
       code_verifier = NULL, nonce = NULL, sealed_token = NULL`,
    state,
  );
}

/** What the private half of the poller's key pair is sealed for. */
export const POLLING_KEY_PURPOSE = "polling key";
