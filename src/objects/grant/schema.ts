/** The tables of a Grant, and its one row read as a value. docs/STORAGE.md says what each column is for. */
import { DUE_SCHEMA } from "../due.ts";
import { onlyRow } from "../only-row.ts";
import type { MemberState } from "./register.ts";
import type { Tables } from "../tables.ts";

const FIRST_TABLES = `
CREATE TABLE login (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  schema_version INTEGER NOT NULL,
  grant_id TEXT NOT NULL,
  issuer TEXT NOT NULL,
  oidc_sub TEXT NOT NULL,
  token_endpoint TEXT NOT NULL,
  revocation_endpoint TEXT,
  endpoints_checked INTEGER NOT NULL,
  created INTEGER NOT NULL,
  closed INTEGER,
  sealed_refresh_token BLOB,
  refresh_token_version INTEGER NOT NULL,
  invalid_grant_since INTEGER
) STRICT;
CREATE TABLE member (
  mom_id TEXT PRIMARY KEY,
  parent TEXT,
  state TEXT NOT NULL CHECK (state IN ('joining', 'live', 'revoked', 'dropped', 'gone')),
  since INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX member_by_parent ON member (parent);
CREATE INDEX member_by_state ON member (state, since);
${DUE_SCHEMA}`;

export const GRANT_TABLES: Tables = { versioned: "login", steps: [FIRST_TABLES] };

/** The OIDC login that the Grant stands for. */
export interface LoginRow extends Record<string, SqlStorageValue> {
  readonly grant_id: string;
  readonly issuer: string;
  readonly oidc_sub: string;
  readonly token_endpoint: string;
  readonly revocation_endpoint: string | null;
  /** When the endpoints were last looked up. */
  readonly endpoints_checked: number;
  readonly created: number;
  /** When the grant was closed: it takes and gives nothing any more. */
  readonly closed: number | null;
  /** AES-256-GCM under the grant key, which only the members' texts unwrap; gone once closed. */
  readonly sealed_refresh_token: ArrayBuffer | null;
  readonly refresh_token_version: number;
  /** The first `invalid_grant` of an unbroken series. */
  readonly invalid_grant_since: number | null;
}

/** The login, or `null` in an object that was never made or is empty again. */
export function readLogin(sql: SqlStorage): LoginRow | null {
  return onlyRow(() => sql.exec<LoginRow>("SELECT * FROM login"));
}

/** The login and the state of one member, in one statement: an exchange asks twice. `null` as `readLogin`. */
export function readLoginAndMember(sql: SqlStorage, momId: string) {
  return onlyRow(() =>
    sql.exec<LoginRow & { member_state: MemberState | null }>(
      "SELECT *, (SELECT state FROM member WHERE mom_id = ?) AS member_state FROM login",
      momId,
    ),
  );
}

/** What the sealed refresh token is bound to: one version of one grant. */
export function refreshTokenPurpose(grantId: string, version: number): string {
  return `refresh token ${grantId} ${version}`;
}
