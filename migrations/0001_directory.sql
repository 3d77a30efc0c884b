-- Users and tokens.

CREATE TABLE users (
  owner TEXT PRIMARY KEY,
  oidc_sub TEXT NOT NULL,
  oidc_iss TEXT NOT NULL,
  email TEXT,
  email_verified INTEGER NOT NULL DEFAULT 0,
  created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE tokens (
  mom_id TEXT PRIMARY KEY,
  parent TEXT,
  grant_id TEXT NOT NULL,
  owner TEXT NOT NULL,
  name TEXT,
  created INTEGER NOT NULL,
  created_from TEXT,
  expires INTEGER,
  state TEXT NOT NULL CHECK (state IN ('live', 'ended')),
  ended INTEGER,
  version INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX tokens_by_owner ON tokens (owner, created);
CREATE INDEX tokens_by_parent ON tokens (parent);
CREATE INDEX tokens_by_end ON tokens (ended) WHERE ended IS NOT NULL;
CREATE INDEX tokens_by_expiry ON tokens (expires) WHERE expires IS NOT NULL;
