/** The tables of a Mytoken, and its one row read as a value. docs/STORAGE.md says what each column is for. */
import type { Clause } from "../../token/clause.ts";
import type { Rotation } from "../../token/rotation.ts";
import type { WantedTag } from "../../token/tag.ts";
import { DUE_SCHEMA } from "../due.ts";
import { rowReader } from "../only-row.ts";
import type { Tables } from "../tables.ts";

const FIRST_TABLES = `
CREATE TABLE token (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  schema_version INTEGER NOT NULL,
  mom_id TEXT NOT NULL,
  parent TEXT,
  grant_id TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('live', 'ended')),
  ended INTEGER,
  ended_by TEXT,
  seq_no INTEGER NOT NULL,
  text_hash TEXT NOT NULL,
  wrapped_key BLOB,
  owner TEXT NOT NULL,
  oidc_sub TEXT NOT NULL,
  oidc_iss TEXT NOT NULL,
  email TEXT,
  email_verified INTEGER,
  name TEXT,
  created INTEGER NOT NULL,
  created_from TEXT,
  auth_time INTEGER NOT NULL,
  last_rotated INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  expires INTEGER,
  capabilities TEXT NOT NULL,
  subtoken_capabilities TEXT,
  restrictions TEXT NOT NULL,
  rotation TEXT,
  tags TEXT NOT NULL,
  predecessor_hash TEXT,
  predecessor_until INTEGER,
  predecessor_caller TEXT,
  sealed_successor BLOB,
  directory_version INTEGER NOT NULL,
  directory_sent INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE usage (
  clause TEXT PRIMARY KEY,
  access_tokens INTEGER NOT NULL,
  other INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE event (
  id INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  event TEXT NOT NULL,
  comment TEXT,
  ip TEXT,
  user_agent TEXT
) STRICT;
CREATE TABLE short_token (
  secret_hash TEXT PRIMARY KEY,
  sealed_text BLOB NOT NULL,
  seq_no INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE transfer_code (
  key TEXT PRIMARY KEY,
  created INTEGER NOT NULL,
  used INTEGER,
  is_new INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
${DUE_SCHEMA}`;

export const MYTOKEN_TABLES: Tables = { versioned: "token", steps: [FIRST_TABLES] };

/** What the object stores of its token. Lists and objects are JSON texts; times are whole seconds. */
interface TokenColumns {
  readonly mom_id: string;
  readonly parent: string | null;
  readonly grant_id: string;
  readonly state: "live" | "ended";
  readonly ended: number | null;
  readonly ended_by: EndedBy | null;
  readonly seq_no: number;
  /** SHA-256 of the current JWT text, base64url. */
  readonly text_hash: string;
  /** The grant key under HKDF of the current text; gone once ended. */
  readonly wrapped_key: ArrayBuffer | null;
  /** The claim `sub`. */
  readonly owner: string;
  readonly oidc_sub: string;
  readonly oidc_iss: string;
  readonly email: string | null;
  readonly email_verified: number | null;
  readonly name: string | null;
  readonly created: number;
  readonly created_from: string | null;
  readonly auth_time: number;
  readonly last_rotated: number;
  readonly not_before: number;
  /** The deadline of this generation: the earlier of `exp` and last rotation + lifetime; null is never. */
  readonly expires: number | null;
  readonly capabilities: string;
  readonly subtoken_capabilities: string | null;
  readonly restrictions: string;
  readonly rotation: string | null;
  /** What it was tagged with when it was made; what it carries now, the directory knows. */
  readonly tags: string;
  /** The immediate predecessor, while it may still be repeated: its hash, until when, who rotated it, its successor. */
  readonly predecessor_hash: string | null;
  readonly predecessor_until: number | null;
  readonly predecessor_caller: string | null;
  readonly sealed_successor: ArrayBuffer | null;
  /** Grows with every change that the directory shows, and the last one that it acknowledged: the outbox. */
  readonly directory_version: number;
  readonly directory_sent: number;
}

export type EndedBy = "revoked" | "expired" | "reused";

/** The token row with its JSON columns read. */
export interface StoredToken extends Omit<
  TokenColumns,
  "capabilities" | "subtoken_capabilities" | "restrictions" | "rotation" | "tags"
> {
  readonly capabilities: readonly string[];
  readonly subtoken_capabilities: readonly string[] | null;
  readonly restrictions: readonly Clause[];
  readonly rotation: Rotation | null;
  readonly tags: readonly WantedTag[];
}

const tokenReader = rowReader<TokenColumns>("token");

/** Written by `create` alone: an object reads them once. test/node/object-tables.test.ts holds that nothing changes them. */
export const ORIGIN = [
  "mom_id",
  "parent",
  "grant_id",
  "owner",
  "oidc_sub",
  "oidc_iss",
  "email",
  "email_verified",
  "name",
  "created",
  "created_from",
  "auth_time",
  "capabilities",
  "subtoken_capabilities",
  "restrictions",
  "rotation",
  "tags",
] as const satisfies readonly (keyof TokenColumns)[];

const readOrigin = tokenReader(...ORIGIN);

const readPresent = tokenReader(
  "state",
  "ended",
  "ended_by",
  "seq_no",
  "text_hash",
  "wrapped_key",
  "last_rotated",
  "not_before",
  "expires",
  "predecessor_hash",
  "predecessor_until",
  "predecessor_caller",
  "sealed_successor",
  "directory_version",
  "directory_sent",
);

/** As it was read last, and perhaps older than what is stored. */
const seen = new WeakMap<SqlStorage, StoredToken>();

/** The token, or `null` in an object that was never made or is empty again. Reading creates nothing. */
export function readToken(sql: SqlStorage): StoredToken | null {
  const present = readPresent(sql);
  const origin = present && (seen.get(sql) ?? originOf(sql));
  if (!origin) {
    seen.delete(sql);
    return null;
  }
  const token = { ...origin, ...present };
  seen.set(sql, token);
  return token;
}

function originOf(sql: SqlStorage) {
  const origin = readOrigin(sql);
  if (!origin) return null;
  return {
    ...origin,
    capabilities: JSON.parse(origin.capabilities) as string[],
    subtoken_capabilities:
      origin.subtoken_capabilities === null ? null : (JSON.parse(origin.subtoken_capabilities) as string[]),
    restrictions: JSON.parse(origin.restrictions) as Clause[],
    rotation: origin.rotation === null ? null : (JSON.parse(origin.rotation) as Rotation),
    tags: JSON.parse(origin.tags) as WantedTag[],
  };
}

/** Takes everything away, and what memory believes (DESIGN §5, End of life). */
export async function deleteToken(storage: DurableObjectStorage): Promise<void> {
  await storage.deleteAll();
  seen.delete(storage.sql);
}

/**
 * The token for opening what it holds under the text with that hash: as it was seen last, if that was its text then. A
 * wrapped key opens under one text only, so an old one gives no other key; what may be done with it is for others to
 * judge, by a row that they read then.
 */
export function tokenToOpen(sql: SqlStorage, textHash: string): StoredToken | null {
  const known = seen.get(sql);
  return known?.text_hash === textHash ? known : readToken(sql);
}

/** Whether a token is neither revoked nor past its deadline. */
export function isLive<Life extends Pick<TokenColumns, "state" | "expires">>(
  token: Life | null,
  now: number,
): token is Life {
  return token !== null && token.state === "live" && (token.expires === null || now <= token.expires);
}

/** Whether and how long the token lives, and where in its family. */
export const readLife = tokenReader("mom_id", "parent", "grant_id", "state", "expires");

/** What the grant key is wrapped for. */
export const GRANT_KEY_PURPOSE = "grant key";
/** What a successor is sealed for, under its predecessor's text. */
export const SUCCESSOR_PURPOSE = "successor";
/** What a JWT is sealed for, under a short token's secret. */
export const SHORT_TOKEN_PURPOSE = "short token";
