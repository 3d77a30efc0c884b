/** The tables of a Grant, and its one row read as a value. docs/STORAGE.md says what each column is for. */
import { DUE_SCHEMA } from "../due.ts";
import { rowReader } from "../only-row.ts";
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
export interface LoginRow {
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
export const readLogin = rowReader<LoginRow>("login")(
  "grant_id",
  "issuer",
  "oidc_sub",
  "token_endpoint",
  "revocation_endpoint",
  "endpoints_checked",
  "created",
  "closed",
  "sealed_refresh_token",
  "refresh_token_version",
  "invalid_grant_since",
);

interface LoginAndMember extends LoginRow {
  /** Of the member; `null` without one of that name. */
  readonly state: MemberState | null;
}

/**
 * What changes of the login beside its sealed refresh token, whose version is here, and a member by its `mom_id`. One
 * statement: an exchange asks twice. `null` as `readLogin`.
 */
export const readStanding = rowReader<LoginAndMember>("login LEFT JOIN member ON mom_id = ?")(
  "token_endpoint",
  "revocation_endpoint",
  "endpoints_checked",
  "closed",
  "refresh_token_version",
  "invalid_grant_since",
  "state",
);

/** Where a login and one of its members stand. */
export type Standing = NonNullable<ReturnType<typeof readStanding>>;

/** What the sealed refresh token is bound to: one version of one grant. */
export function refreshTokenPurpose(grantId: string, version: number): string {
  return `refresh token ${grantId} ${version}`;
}
